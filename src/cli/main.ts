#!/usr/bin/env node
/** The command line. One file a verb; this one only brings them together. */
import { Command, CommanderError } from 'commander'
import { masked } from '../source/secrets.ts'
import { attack } from './attack.ts'
import { build } from './build.ts'
import { client } from './client.ts'
import { completion } from './completion.ts'
import { diff } from './diff.ts'
import { docs } from './docs.ts'
import { echo } from './echo.ts'
import { type ExitCode, exit } from './exit.ts'
import { explain } from './explain.ts'
import { fmt } from './fmt.ts'
import { briefHelp } from './help.ts'
import { importing } from './import.ts'
import { init } from './init.ts'
import { type Io, processIo } from './io.ts'
import { lint } from './lint.ts'
import { replay } from './replay.ts'
import { schema } from './schema.ts'
import { serve } from './serve.ts'
import { test } from './test.ts'
import { validate } from './validate.ts'
import type { Verb } from './verb.ts'

const verbs: readonly Verb[] = [
  init,
  validate,
  test,
  lint,
  fmt,
  explain,
  diff,
  replay,
  build,
  serve,
  attack,
  echo,
  client,
  importing,
  schema,
  docs,
  completion,
]

/**
 * Runs one command.
 *
 * @param argv - what follows the program's name
 * @returns what the process should exit with. Never throws for what a person typed
 */
export async function run(argv: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = exit.ok
  const program = commandLine(withoutSecrets(io), (given) => {
    code = given
  })
  try {
    await program.parseAsync(argv, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? exit.ok : exit.wrongCommandLine
  }
  return code
}

/** Whatever a command has to say of a file, a log or its own arguments: no credentials leave with it. */
const withoutSecrets = (io: Io): Io => ({
  ...io,
  stdout: (text) => io.stdout(masked(text)),
  stderr: (text) => io.stderr(masked(text)),
  summarize: io.summarize && ((markdown) => io.summarize?.(masked(markdown))),
})

/** Every command there is, for who runs them and for who describes them. */
export function commandLine(io: Io, done: (code: ExitCode) => void): Command {
  const program = programFor(io)
  for (const verb of verbs) verb(program, io, done)
  return program
}

/** Subcommands take over how errors and help are written. */
function programFor(io: Io): Command {
  return new Command('sallyport')
    .description('Access policy in front of identity APIs: check it, test it, build it, run it.')
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for what there is)')
    .exitOverride()
    .configureOutput({
      writeOut: io.stdout,
      writeErr: io.stderr,
      getOutHasColors: () => io.color,
      getErrHasColors: () => false,
    })
    .configureHelp(briefHelp)
    .addHelpText('after', '\nExamples:\n  $ sallyport validate policies\n  $ sallyport test --help')
}

if (import.meta.main) process.exitCode = await run(process.argv.slice(2), processIo())
