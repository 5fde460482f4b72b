/** `sallyport lint`: what loads, and should be looked at all the same. */
import { writeFile } from 'node:fs/promises'
import { createColors } from 'picocolors'
import { isAtLeast } from '../lint/finding.ts'
import { type Fixed, fixed } from '../lint/fix.ts'
import { type Linted, lint as lintPolicy } from '../lint/lint.ts'
import type { Level } from '../lint/rules.ts'
import { compileTexts } from '../policy/compile.ts'
import { type ExitCode, exit } from './exit.ts'
import type { Io } from './io.ts'
import { formatOption, oneOf } from './options.ts'
import { loadProblems, writeRemarks } from './output/formats.ts'
import { renderFindings, renderFixes } from './output/lint-report.ts'
import { DEFAULT_DIRS, type OpenPolicy, openPolicy } from './policy.ts'
import type { Verb } from './verb.ts'

const levels = ['error', 'warning', 'info'] as const
const formats = ['text', 'json', 'sarif', 'github'] as const

type Format = (typeof formats)[number]

type Options = {
  readonly failOn: Level
  readonly format: Format
  readonly info?: boolean
  readonly fix?: boolean
  readonly dryRun?: boolean
}

export const lint: Verb = (program, io, done) => {
  program
    .command('lint')
    .description('find what loads and should be looked at: lists that are too wide, secrets that run out')
    .summary('find what loads and should be looked at')
    .argument('[dir...]', 'folders with *.yaml; several are read as one policy', DEFAULT_DIRS)
    .addOption(oneOf('--fail-on <level>', 'least level that fails', levels).default('error'))
    .option('--info', 'show findings of level info too')
    .option('--fix', 'mend what has one right answer: host bits, repeated entries')
    .option('--dry-run', 'with --fix: show the lines, and write nothing')
    .addOption(formatOption(formats))
    .addHelpText(
      'after',
      '\nRules and exceptions: docs/lint/README.md\n\nExamples:\n  $ sallyport lint policies --fail-on warning\n  $ sallyport lint policies --fix --dry-run',
    )
    .action(async (dirs: string[], options: Options) => done(await run(io, dirs, options)))
}

async function run(io: Io, dirs: readonly string[], options: Options): Promise<ExitCode> {
  const mistake = mistakeIn(options)
  if (mistake !== undefined) {
    io.stderr(`sallyport: ${mistake}\n`)
    return exit.wrongCommandLine
  }
  const opened = await open(io, dirs, options.format)
  if (typeof opened === 'number') return opened
  if (options.fix) return fixFiles(io, dirs, opened, options)
  return report(io, opened, linted(opened, io), options)
}

function mistakeIn({ format, fix, dryRun }: Options): string | undefined {
  if (dryRun && !fix) return '--dry-run goes with --fix'
  return fix && format !== 'text' ? `--fix has no --format ${format}` : undefined
}

/** A policy that does not load is said in the format that was asked for. */
async function open(io: Io, dirs: readonly string[], format: Format): Promise<OpenPolicy | ExitCode> {
  // A published secret is a matter of what is built, and the demonstration's folder can be linted too.
  const opened = await openPolicy(io, dirs, { demo: true }, loadProblems(io, format, 'lint'))
  return opened.ok ? opened.value : opened.error
}

const linted = ({ policy, sources, names, compiled: { tests, files } }: OpenPolicy, io: Io): Linted =>
  lintPolicy({ policy, sources, names, tests, files, now: io.now() })

function report(
  io: Io,
  { policy, compiled: { files, problems } }: OpenPolicy,
  { findings, excepted }: Linted,
  { info = false, format, failOn }: Options,
): ExitCode {
  const least = info || failOn === 'info' ? 'info' : 'warning'
  const shown = findings.filter(({ severity }) => isAtLeast(severity, least))
  const colors = createColors(io.color && format === 'text')
  const text = renderFindings({ findings: shown, excepted }, files, colors)
  const remarks = [...problems, ...shown]
  if (format === 'text') io.stdout(text)
  else writeRemarks(io, format, { command: 'lint', remarks, files, policy, text, result: { excepted } })
  return shown.some(({ severity }) => isAtLeast(severity, failOn)) ? exit.lintFindings : exit.ok
}

/** Edits, and says what is left. With --dry-run what is left is everything. */
async function fixFiles(
  io: Io,
  dirs: readonly string[],
  opened: OpenPolicy,
  options: Options,
): Promise<ExitCode> {
  const before = linted(opened, io)
  const { files } = opened.compiled
  const changes = fixed(files, before.findings)
  io.stdout(renderFixes(changes, files, options.dryRun ?? false, createColors(io.color)))
  if (options.dryRun) return report(io, opened, before, options)
  if (!(await stillLoads(opened, changes))) {
    io.stderr('sallyport: the policy would not load any more, so nothing was written\n')
    return exit.toolFailed
  }
  for (const { path, text } of changes) {
    const failed = await writeFile(path, text).catch((error: Error) => error)
    if (failed === undefined) continue
    io.stderr(`sallyport: cannot write ${path}: ${failed.message}\n`)
    return exit.toolFailed
  }
  const again = await open(io, dirs, options.format)
  return typeof again === 'number' ? again : report(io, again, linted(again, io), options)
}

/** Whether the edited files are a policy with the same addresses for the same clients, upstreams and routes. */
async function stillLoads({ policy, compiled }: OpenPolicy, changes: readonly Fixed[]): Promise<boolean> {
  const edited = new Map(changes.map(({ path, text }) => [path, text]))
  const texts = compiled.files.map(({ path, text }) => [path, edited.get(path) ?? text] as const)
  const { policy: after } = await compileTexts(Object.fromEntries(texts), { demo: true })
  if (after === undefined) return false
  const listsOf = ({ clients, upstreams, routes }: typeof policy): string =>
    JSON.stringify([clients, upstreams, routes].map((all) => all.map(({ lists }) => lists)))
  return listsOf(after) === listsOf(policy)
}
