/** `sallyport lint`: what loads, and should be looked at all the same. */
import { writeFile } from 'node:fs/promises'
import { createColors } from 'picocolors'
import { isAtLeast } from '../lint/finding.ts'
import { type Fixed, fixed } from '../lint/fix.ts'
import { type Linted, lint as lintPolicy } from '../lint/lint.ts'
import type { Level } from '../lint/rules.ts'
import { compileTexts } from '../policy/compile.ts'
import { type ExitCode, exit } from './exit.ts'
import { loadProblems, type RemarkFormat, renderRemarks } from './formats.ts'
import type { Io } from './io.ts'
import { renderFindings, renderFixes } from './lint-report.ts'
import { DEFAULT_DIRS, type OpenPolicy, openPolicy } from './policy.ts'
import type { Verb } from './verb.ts'

const levels = ['error', 'warning', 'info'] as const
const formats = ['text', 'json', 'sarif', 'github'] as const

type Options = {
  /** As typed. */
  readonly failOn: string
  readonly format: string
  readonly info?: boolean
  readonly fix?: boolean
  readonly dryRun?: boolean
}

export const lint: Verb = (program, io, done) => {
  program
    .command('lint')
    .description('find what loads and should be looked at: lists that are too wide, secrets that run out')
    .argument('[dir...]', 'folders with *.yaml; several are read as one policy', DEFAULT_DIRS)
    .option('--fail-on <level>', 'least level that fails: error, warning or info', 'error')
    .option('--info', 'show findings of level info too')
    .option('--fix', 'mend in the files what has one right answer: host bits, entries that stand twice')
    .option('--dry-run', 'with --fix: show the lines that would change, and write nothing')
    .option('--format <format>', 'text, json, sarif or github', 'text')
    .addHelpText(
      'after',
      '\nRules and exceptions: docs/lint/README.md\n\nExamples:\n  $ sallyport lint policies --fail-on warning\n  $ sallyport lint policies --fix --dry-run',
    )
    .action(async (dirs: string[], options: Options) => done(await run(io, dirs, options)))
}

async function run(io: Io, dirs: readonly string[], options: Options): Promise<ExitCode> {
  const failOn = levels.find((level) => level === options.failOn)
  const mistake = mistakeIn(options)
  if (failOn === undefined || mistake !== undefined) {
    io.stderr(`sallyport: ${mistake ?? `--fail-on takes ${words(levels)}, not \`${options.failOn}\``}\n`)
    return exit.wrongCommandLine
  }
  const opened = await open(io, dirs, options.format)
  if (typeof opened === 'number') return opened
  if (options.fix) return fixFiles(io, dirs, opened, failOn, options)
  return report(io, opened, linted(opened, io), failOn, options)
}

function mistakeIn({ format, fix, dryRun }: Options): string | undefined {
  if (!formats.some((each) => each === format)) return `--format takes ${words(formats)}, not \`${format}\``
  if (dryRun && !fix) return '--dry-run goes with --fix'
  return fix && format !== 'text' ? `--fix has no --format ${format}` : undefined
}

const words = (all: readonly string[]): string => `${all.slice(0, -1).join(', ')} or ${all.at(-1)}`

/** A policy that does not load is said in the format that was asked for. */
async function open(io: Io, dirs: readonly string[], format: string): Promise<OpenPolicy | ExitCode> {
  const machine = machineFormat(format)
  // A published secret is a matter of what is built, and the demonstration's folder can be linted too.
  const opened = await openPolicy(io, dirs, { demo: true }, machine && loadProblems(machine, io))
  return opened.ok ? opened.value : opened.error
}

const machineFormat = (format: string): RemarkFormat | undefined =>
  formats.filter((each) => each !== 'text').find((each) => each === format)

const linted = ({ policy, sources, names, compiled: { tests, files } }: OpenPolicy, io: Io): Linted =>
  lintPolicy({ policy, sources, names, tests, files, now: io.now() })

function report(
  io: Io,
  { policy, compiled: { files } }: OpenPolicy,
  { findings, excepted }: Linted,
  failOn: Level,
  { info = false, format }: Options,
): ExitCode {
  const least = info || failOn === 'info' ? 'info' : 'warning'
  const shown = findings.filter(({ severity }) => isAtLeast(severity, least))
  const machine = machineFormat(format)
  const colors = createColors(io.color && machine === undefined)
  const text = renderFindings({ findings: shown, excepted }, files, colors)
  io.stdout(machine ? renderRemarks(machine, { remarks: shown, files, policy, text }, io) : text)
  return shown.some(({ severity }) => isAtLeast(severity, failOn)) ? exit.lintFindings : exit.ok
}

/** Edits, and says what is left. With --dry-run what is left is everything. */
async function fixFiles(
  io: Io,
  dirs: readonly string[],
  opened: OpenPolicy,
  failOn: Level,
  options: Options,
): Promise<ExitCode> {
  const before = linted(opened, io)
  const { files } = opened.compiled
  const changes = fixed(files, before.findings)
  io.stdout(renderFixes(changes, files, options.dryRun ?? false, createColors(io.color)))
  if (options.dryRun) return report(io, opened, before, failOn, options)
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
  return typeof again === 'number' ? again : report(io, again, linted(again, io), failOn, options)
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
