/** `sallyport validate`: does the policy load? */
import type { CompiledPolicy } from '../policy/model.ts'
import type { PolicyTest } from '../policy/test-case.ts'
import { type ExitCode, exit } from './exit.ts'
import { problemsOf, renderRemarks } from './formats.ts'
import type { Io } from './io.ts'
import { type CompiledFolders, DEFAULT_DIRS, openPolicy } from './policy.ts'
import { counted } from './report.ts'
import type { Verb } from './verb.ts'

const formats = ['json', 'sarif', 'github'] as const

export const validate: Verb = (program, io, done) => {
  program
    .command('validate')
    .description('check policy files: their form, their names, what they mean')
    .argument('[dir...]', 'folders with *.yaml; several are read as one policy', DEFAULT_DIRS)
    .option('--format <format>', 'text, json, sarif or github', 'text')
    .addHelpText('after', '\nExample:\n  $ sallyport validate policies')
    .action(async (dirs: string[], options: { readonly format: string }) =>
      done(await check(io, dirs, options.format)),
    )
}

async function check(io: Io, dirs: readonly string[], written: string): Promise<ExitCode> {
  const format = formats.find((each) => each === written)
  if (format === undefined && written !== 'text') {
    io.stderr(`sallyport: --format takes text, json, sarif or github, not \`${written}\`\n`)
    return exit.wrongCommandLine
  }
  const started = io.now()
  const report = format && ((compiled: CompiledFolders) => renderRemarks(format, problemsOf(compiled), io))
  // A published secret is a matter of what is built, and the demonstration's folder must validate too.
  const opened = await openPolicy(io, dirs, { demo: true }, report)
  if (!opened.ok) return opened.error
  const { compiled, policy } = opened.value
  if (format === undefined)
    io.stdout(`ok  ${summary(compiled, policy)}  (${((io.now() - started) / 1000).toFixed(1)} s)\n`)
  return exit.ok
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
