/** `sallyport test`: does the policy do what its tests say? */
import { createColors } from 'picocolors'
import type { Invariant, PolicyTest } from '../policy/test-case.ts'
import type { SourceText } from '../source/text.ts'
import { percentage } from '../testing/coverage.ts'
import { isGreen, runTests, type TestRun } from '../testing/run.ts'
import { type ExitCode, exit } from './exit.ts'
import type { Io } from './io.ts'
import { formatOption } from './options.ts'
import { loadProblems, writeRemarks } from './output/formats.ts'
import { testSummary } from './output/job-summary.ts'
import { progressOf } from './output/progress.ts'
import type { Colors } from './output/report.ts'
import { failuresOf, junitOf, junitOfProblems, resultOf, type Uncovered } from './output/test-formats.ts'
import { renderCoverage, renderFailures, renderSummary, renderUncovered } from './output/test-report.ts'
import { type CompiledFolders, DEFAULT_DIRS, type OpenPolicy, openPolicy } from './policy.ts'
import type { Verb } from './verb.ts'
import { rerunOnSave } from './watch.ts'

type Options = {
  readonly all?: boolean
  readonly watch?: boolean
  readonly only?: string
  readonly coverage?: boolean
  /** As typed. */
  readonly minCoverage?: string
  readonly format: Format
}

const formats = ['text', 'json', 'junit', 'github'] as const
type Format = (typeof formats)[number]

export const test: Verb = (program, io, done) => {
  program
    .command('test')
    .description('run the tests, tables and invariants of policy files')
    .argument('[dir...]', 'folders with *.yaml; several are read as one policy', DEFAULT_DIRS)
    .option('--all', 'print every failure in full')
    .option('--only <text>', 'run the tests and invariants whose name contains the text')
    .option('--coverage', 'list routes and methods that lack an allowed case or a denied one')
    .option('--min-coverage <percent>', 'fail where less is covered: 0 to 100')
    .option('--watch', 'run again whenever a file is saved, until Ctrl-C')
    .addOption(formatOption(formats))
    .addHelpText(
      'after',
      '\nExamples:\n  $ sallyport test policies --min-coverage 100\n  $ sallyport test policies --only Webhooks --all',
    )
    .action(async (dirs: string[], options: Options) => done(await testWith(io, dirs, options)))
}

async function testWith(io: Io, dirs: readonly string[], options: Options): Promise<ExitCode> {
  const mistake = mistakeIn(options)
  if (mistake !== undefined) {
    io.stderr(`sallyport: ${mistake}\n`)
    return exit.wrongCommandLine
  }
  const run = () => testPolicy(io, dirs, options)
  return options.watch ? rerunOnSave(io, dirs, run) : run()
}

async function testPolicy(io: Io, dirs: readonly string[], options: Options): Promise<ExitCode> {
  const started = io.now()
  // A published secret is a matter of what is built, and the demonstration's folder has tests too.
  const opened = await openPolicy(io, dirs, { demo: true }, problemReport(io, options.format))
  if (!opened.ok) return opened.error
  const { policy, compiled } = opened.value
  const { tests, invariants } = selected(compiled, options.only)
  if (options.only !== undefined && tests.length + invariants.length === 0) {
    io.stderr(`sallyport: no test or invariant has \`${options.only}\` in its name\n`)
    return exit.wrongCommandLine
  }
  const line = progressOf(io, 'testing')
  const run = await runTests(policy, tests, invariants, line.at)
  line.end()
  report(io, run, opened.value, options, (io.now() - started) / 1000)
  return isGreen(run) && isCovered(run, options.minCoverage) ? exit.ok : exit.testFailed
}

const PERCENTAGE = /^(?:100|[0-9]{1,2})(?:\.[0-9]+)?$/

/** Coverage is that of all tests, so with a part of them it would say nothing. */
function mistakeIn({ only, coverage, minCoverage, watch, format }: Options): string | undefined {
  if (watch && format !== 'text') return `--watch is for a person, and has no --format ${format}`
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

/** How a policy that does not load is told. */
const problemReport = (io: Io, format: Format) => (compiled: CompiledFolders) => {
  if (format !== 'junit') loadProblems(io, format, 'test')(compiled)
  else if (compiled.policy === undefined) io.stdout(junitOfProblems(compiled.problems))
}

function report(io: Io, run: TestRun, opened: OpenPolicy, options: Options, seconds: number): void {
  const { format, only, minCoverage } = options
  const { policy, sources, compiled } = opened
  const { files, problems } = compiled
  const all = options.all === true || format === 'github'
  const text = textOf(run, opened, createColors(io.color && format === 'text'), { ...options, all, seconds })
  const uncovered = uncoveredIn(run, files, minCoverage)
  const failures = failuresOf(run, uncovered)
  if (format === 'text') io.stdout(text)
  else if (format === 'junit') io.stdout(junitOf(run, { policy, sources, files }, uncovered))
  else
    writeRemarks(io, format, {
      command: 'test',
      remarks: [...problems, ...failures],
      files,
      policy,
      text,
      result: resultOf(run, only === undefined),
      summary: testSummary(run, failures),
    })
}

function uncoveredIn(
  run: TestRun,
  files: readonly SourceText[],
  least: string | undefined,
): Uncovered | undefined {
  if (isCovered(run, least)) return undefined
  const place = { file: files[0]?.path ?? '', line: 1, column: 1, length: 1 }
  return { place, message: `${renderCoverage(run.coverage).trimEnd()}, and ${least}% was asked for` }
}

function textOf(
  run: TestRun,
  { policy, sources, compiled: { files } }: OpenPolicy,
  colors: Colors,
  { all = false, only, coverage = false, minCoverage, seconds }: Options & { readonly seconds: number },
): string {
  const tested = { policy, sources, files }
  const outcome = renderFailures(run, tested, { colors, all }) + renderSummary(run, seconds, colors)
  if (only !== undefined) return outcome
  return [
    outcome,
    renderCoverage(run.coverage),
    coverage || !isCovered(run, minCoverage) ? renderUncovered(run.coverage, tested) : '',
    isCovered(run, minCoverage) ? '' : colors.red(`coverage is below ${minCoverage}%\n`),
  ].join('')
}
