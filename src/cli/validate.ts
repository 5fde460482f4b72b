/** `sallyport validate`: does the policy load? */
import type { CompiledPolicy } from '../policy/model.ts'
import { type ExitCode, exit } from './exit.ts'
import type { Io } from './io.ts'
import { formatOption } from './options.ts'
import { loadProblems, problemsOf, writeRemarks } from './output/formats.ts'
import type { Results } from './output/output-schema.ts'
import { counted } from './output/report.ts'
import { type CompiledFolders, DEFAULT_DIRS, openPolicy } from './policy.ts'
import type { Verb } from './verb.ts'

const formats = ['text', 'json', 'sarif', 'github'] as const

type Options = { readonly format: (typeof formats)[number] }

export const validate: Verb = (program, io, done) => {
  program
    .command('validate')
    .description('check policy files: their form, their names, what they mean')
    .argument('[dir...]', 'folders with *.yaml; several are read as one policy', DEFAULT_DIRS)
    .addOption(formatOption(formats))
    .addHelpText('after', '\nExample:\n  $ sallyport validate policies')
    .action(async (dirs: string[], options: Options) => done(await check(io, dirs, options)))
}

async function check(io: Io, dirs: readonly string[], { format }: Options): Promise<ExitCode> {
  const started = io.now()
  // A published secret is a matter of what is built, and the demonstration's folder must validate too.
  const opened = await openPolicy(io, dirs, { demo: true }, loadProblems(io, format, 'validate'))
  if (!opened.ok) return opened.error
  const { compiled, policy } = opened.value
  const result = countsOf(compiled, policy)
  const seconds = (io.now() - started) / 1000
  if (format === 'text') io.stdout(`ok  ${summary(compiled.fileCount, result)}  (${seconds.toFixed(1)} s)\n`)
  else writeRemarks(io, format, { ...problemsOf(compiled, 'validate'), result })
  return exit.ok
}

function countsOf(
  { tests, invariants }: CompiledFolders,
  { upstreams, routes, clients, rateGroups }: CompiledPolicy,
): Results['validate'] {
  return {
    upstreams: upstreams.length,
    routes: routes.length,
    clients: clients.length,
    rate_groups: rateGroups.length,
    tests: tests.length,
    invariants: invariants.length,
  }
}

function summary(fileCount: number, counts: Results['validate']): string {
  const words = [
    counted(counts.upstreams, 'upstream'),
    counted(counts.routes, 'route'),
    counted(counts.clients, 'client'),
    counted(counts.rate_groups, 'rate group'),
    counted(counts.tests, 'test'),
    ...(counts.invariants > 0 ? [counted(counts.invariants, 'invariant')] : []),
  ]
  return `${counted(fileCount, 'file')}: ${words.join(', ')}`
}
