/** `sallyport test`: does the policy do what its tests say? */
import { createColors } from 'picocolors'
import type { Invariant, PolicyTest } from '../policy/test-case.ts'
import { percentage } from '../testing/coverage.ts'
import { isGreen, runTests, type TestRun } from '../testing/run.ts'
import { type ExitCode, exit } from './exit.ts'
import type { Io } from './io.ts'
import { DEFAULT_DIRS, type OpenPolicy, openPolicy } from './policy.ts'
import { renderCoverage, renderFailures, renderSummary, renderUncovered } from './test-report.ts'
import type { Verb } from './verb.ts'

type Options = {
  readonly all?: boolean
  readonly only?: string
  readonly coverage?: boolean
  /** As typed. */
  readonly minCoverage?: string
}

export const test: Verb = (program, io, done) => {
  program
    .command('test')
    .description('run the tests, tables and invariants of policy files')
    .argument('[dir...]', 'folders with *.yaml; several are read as one policy', DEFAULT_DIRS)
    .option('--all', 'print every failure in full')
    .option('--only <text>', 'run the tests and invariants whose name contains the text')
    .option('--coverage', 'list routes and methods that lack an allowed case or a denied one')
    .option('--min-coverage <percent>', 'fail where less is covered: 0 to 100')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sallyport test policies --min-coverage 100\n  $ sallyport test policies --only Webhooks --all',
    )
    .action(async (dirs: string[], options: Options) => done(await testPolicy(io, dirs, options)))
}

async function testPolicy(io: Io, dirs: readonly string[], options: Options): Promise<ExitCode> {
  const mistake = mistakeIn(options)
  if (mistake !== undefined) {
    io.stderr(`sallyport: ${mistake}\n`)
    return exit.wrongCommandLine
  }
  const started = io.now()
  // A published secret is a matter of what is built, and the demonstration's folder has tests too.
  const opened = await openPolicy(io, dirs, { demo: true })
  if (!opened.ok) return opened.error
  const { policy, compiled } = opened.value
  const { tests, invariants } = selected(compiled, options.only)
  if (options.only !== undefined && tests.length + invariants.length === 0) {
    io.stderr(`sallyport: no test or invariant has \`${options.only}\` in its name\n`)
    return exit.wrongCommandLine
  }
  const run = await runTests(policy, tests, invariants)
  report(io, run, opened.value, { ...options, seconds: (io.now() - started) / 1000 })
  return isGreen(run) && isCovered(run, options.minCoverage) ? exit.ok : exit.testFailed
}

const PERCENTAGE = /^(?:100|[0-9]{1,2})(?:\.[0-9]+)?$/

/** Coverage is that of all tests, so with a part of them it would say nothing. */
function mistakeIn({ only, coverage, minCoverage }: Options): string | undefined {
  if (minCoverage !== undefined && (!PERCENTAGE.test(minCoverage) || Number(minCoverage) > 100)) {
    return `--min-coverage takes 0 to 100, not \`${minCoverage}\``
  }
  return only !== undefined && (coverage || minCoverage !== undefined)
    ? '--only runs a part of the tests, so it cannot be asked for their coverage'
    : undefined
}

function selected(
  { tests, invariants }: OpenPolicy['compiled'],
  only: string | undefined,
): { readonly tests: readonly PolicyTest[]; readonly invariants: readonly Invariant[] } {
  if (only === undefined) return { tests, invariants }
  const isMeant = ({ name }: { readonly name: string | undefined }): boolean => name?.includes(only) === true
  return { tests: tests.filter(isMeant), invariants: invariants.filter(isMeant) }
}

const isCovered = ({ coverage }: TestRun, least: string | undefined): boolean =>
  least === undefined || percentage(coverage) >= Number(least)

function report(
  io: Io,
  run: TestRun,
  { policy, sources, compiled: { files } }: OpenPolicy,
  { all = false, only, coverage = false, minCoverage, seconds }: Options & { readonly seconds: number },
): void {
  const colors = createColors(io.color)
  const tested = { policy, sources, files }
  io.stdout(renderFailures(run, tested, { colors, all }))
  io.stdout(renderSummary(run, seconds, colors))
  if (only !== undefined) return
  io.stdout(renderCoverage(run.coverage))
  if (coverage) io.stdout(renderUncovered(run.coverage, tested))
  if (!isCovered(run, minCoverage)) io.stdout(colors.red(`coverage is below ${minCoverage}%\n`))
}
