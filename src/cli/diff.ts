/** `sallyport diff`: which requests a change of the policy opens and closes. */
import { createColors } from 'picocolors'
import { diffPolicies, type PolicyDiff } from '../diff/diff.ts'
import { type ExitCode, exit } from './exit.ts'
import type { Io } from './io.ts'
import { formatOption, someOf } from './options.ts'
import { changeTables, diffAnnotations, diffResult, renderMarkdown } from './output/diff-formats.ts'
import { renderDiff, summary } from './output/diff-report.ts'
import { jobToken, loadProblems } from './output/formats.ts'
import { page, remarksSummary } from './output/job-summary.ts'
import { outputText } from './output/output.ts'
import { progressOf } from './output/progress.ts'
import type { Report } from './policy.ts'
import { type PolicyAt, policyAt } from './policy-at.ts'
import type { Verb } from './verb.ts'

const formats = ['text', 'json', 'markdown', 'github'] as const
const failures = ['opens', 'closes', 'limits'] as const

type Options = {
  readonly all?: boolean
  readonly failOn?: readonly string[]
  readonly format: (typeof formats)[number]
}

export const diff: Verb = (program, io, done) => {
  program
    .command('diff')
    .description('tell exactly which requests a change of the policy opens and closes')
    .summary('tell which requests a change opens and closes')
    .argument('<before>', 'a folder, folders with commas between them, a git revision, or a compiled file')
    .argument('<after>', 'the same')
    .addOption(someOf('--fail-on <kinds>', 'exit with 6 on any of these', failures))
    .option('--all', 'show changes of the reason too, and every entry')
    .addOption(formatOption(formats))
    .addHelpText(
      'after',
      '\nExamples:\n  $ sallyport diff main policies --fail-on opens\n  $ sallyport diff HEAD~1:policies policies --format markdown',
    )
    .action(async (before: string, after: string, options: Options) =>
      done(await diffWith(io, before, after, options)),
    )
}

async function diffWith(io: Io, before: string, after: string, options: Options): Promise<ExitCode> {
  const { failOn = [], format } = options
  const started = io.now()
  const problems = format === 'markdown' ? problemsPage(io) : loadProblems(io, format, 'diff')
  const a = await policyAt(io, before, problems)
  if (!a.ok) return a.error
  const b = await policyAt(io, after, problems)
  if (!b.ok) return b.error
  const line = progressOf(io, 'comparing')
  const found = await diffPolicies(a.value.policy, b.value.policy, started, line.at)
  line.end()
  report(io, { a: a.value, b: b.value, found }, options, (io.now() - started) / 1000)
  return failures.some((kind) => failOn.includes(kind) && found[kind].length > 0)
    ? exit.diffFindings
    : exit.ok
}

/** A comment on a pull request should say too that there is nothing to compare. */
const problemsPage =
  (io: Io): Report =>
  ({ policy, problems }) => {
    if (policy === undefined) io.stdout(remarksSummary('diff', problems))
  }

type Compared = { readonly a: PolicyAt; readonly b: PolicyAt; readonly found: PolicyDiff }

function report(io: Io, compared: Compared, options: Options, seconds: number): void {
  io.stdout(rendered(io, compared, options, seconds))
  if (options.format !== 'github') return
  io.summarize?.(page('diff', summary(compared.found), changeTables(compared.found).join('\n')))
}

function rendered(io: Io, { a, b, found }: Compared, options: Options, seconds: number): string {
  const { format, all = false, failOn = [] } = options
  const text = (color: boolean): string => renderDiff(found, { colors: createColors(color), all, seconds })
  switch (format) {
    case 'text':
      return text(io.color)
    case 'markdown':
      return renderMarkdown(found)
    case 'github':
      return diffAnnotations(found, text(false), failOn, jobToken(io))
    case 'json': {
      const about = { policy: b.output, remarks: [...a.problems, ...b.problems] }
      return outputText(io, 'diff', about, diffResult(a.output, found))
    }
  }
}
