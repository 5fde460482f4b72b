/** `sallyport validate`: does the policy load? */
import type { CompiledPolicy } from '../policy/model.ts'
import type { PolicyTest } from '../policy/test-case.ts'
import { exit } from './exit.ts'
import { type CompiledFolders, DEFAULT_DIRS, openPolicy } from './policy.ts'
import { counted } from './report.ts'
import type { Verb } from './verb.ts'

export const validate: Verb = (program, io, done) => {
  program
    .command('validate')
    .description('check policy files: their form, their names, what they mean')
    .argument('[dir...]', 'folders with *.yaml; several are read as one policy', DEFAULT_DIRS)
    .addHelpText('after', '\nExample:\n  $ sallyport validate policies')
    .action(async (dirs: string[]) => {
      const started = io.now()
      // A published secret is a matter of what is built, and the demonstration's folder must validate too.
      const opened = await openPolicy(io, dirs, { demo: true })
      if (!opened.ok) return done(opened.error)
      const { compiled, policy } = opened.value
      io.stdout(`ok  ${summary(compiled, policy)}  (${((io.now() - started) / 1000).toFixed(1)} s)\n`)
      done(exit.ok)
    })
}

function summary({ fileCount, tests, invariants }: CompiledFolders, policy: CompiledPolicy): string {
  const { upstreams, routes, clients, rateGroups } = policy
  const counts = [
    counted(upstreams.length, 'upstream'),
    counted(routes.length, 'route'),
    counted(clients.length, 'client'),
    counted(rateGroups.length, 'rate group'),
    counted(countTests(tests), 'test'),
    ...(invariants.length > 0 ? [counted(invariants.length, 'invariant')] : []),
  ]
  return `${counted(fileCount, 'file')}: ${counts.join(', ')}`
}

const countTests = (tests: readonly PolicyTest[]): number => tests.length
