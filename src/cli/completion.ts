/** `sallyport completion`: a script that makes a shell complete commands, options and their values. */
import { Argument } from 'commander'
import { bashScript } from './completion/bash.ts'
import { fishScript } from './completion/fish.ts'
import { completionTree } from './completion/tree.ts'
import { zshScript } from './completion/zsh.ts'
import { exit } from './exit.ts'
import type { Verb } from './verb.ts'

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript }

export const completion: Verb = (program, io, done) => {
  program
    .command('completion')
    .description('print a script that makes a shell complete commands, options and their values')
    .summary('print a script for completion in bash, zsh or fish')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(scripts)))
    .addHelpText(
      'after',
      '\nExamples:\n  $ source <(sallyport completion bash)\n  $ sallyport completion fish | source',
    )
    .action((shell: keyof typeof scripts) => {
      io.stdout(scripts[shell](completionTree(program)))
      done(exit.ok)
    })
}
