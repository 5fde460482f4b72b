/** `sallyport diff`: which requests a change of the policy opens and closes. */
import { createColors } from 'picocolors'
import { diffPolicies, type PolicyDiff } from '../diff/diff.ts'
import { diffJson, renderDiff, renderMarkdown } from './diff-report.ts'
import { type ExitCode, exit } from './exit.ts'
import type { Io } from './io.ts'
import { policyAt } from './policy-at.ts'
import type { Verb } from './verb.ts'

const FORMATS = ['text', 'json', 'markdown']
const FAILURES = ['opens', 'closes', 'limits'] as const

type Options = { readonly all?: boolean; readonly failOn?: string; readonly format: string }

export const diff: Verb = (program, io, done) => {
  program
    .command('diff')
    .description('tell exactly which requests a change of the policy opens and closes')
    .argument('<before>', 'a folder, folders with commas between them, a git revision, or a compiled file')
    .argument('<after>', 'the same')
    .option('--fail-on <kinds>', `exit with 6 on any of these: ${FAILURES.join(',')}`)
    .option('--all', 'show changes of the reason too, and every entry')
    .option('--format <format>', FORMATS.join(', '), 'text')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sallyport diff main policies --fail-on opens\n  $ sallyport diff HEAD~1:policies policies --format markdown',
    )
    .action(async (before: string, after: string, options: Options) =>
      done(await diffWith(io, before, after, options)),
    )
}

async function diffWith(io: Io, before: string, after: string, options: Options): Promise<ExitCode> {
  const kinds = options.failOn?.split(',') ?? []
  const unknown = kinds.find((kind) => !FAILURES.some((known) => known === kind))
  if (unknown !== undefined) return wrong(io, `--fail-on takes ${FAILURES.join(', ')}, not \`${unknown}\``)
  if (!FORMATS.includes(options.format)) return wrong(io, `--format takes ${FORMATS.join(', ')}`)
  const started = io.now()
  const a = await policyAt(io, before)
  if (!a.ok) return a.error
  const b = await policyAt(io, after)
  if (!b.ok) return b.error
  const found = await diffPolicies(a.value, b.value, started)
  report(io, found, options, (io.now() - started) / 1000)
  return FAILURES.some((kind) => kinds.includes(kind) && found[kind].length > 0) ? exit.diffFindings : exit.ok
}

function wrong(io: Io, why: string): ExitCode {
  io.stderr(`sallyport: ${why}\n`)
  return exit.wrongCommandLine
}

function report(io: Io, found: PolicyDiff, { format, all = false }: Options, seconds: number): void {
  if (format === 'json') io.stdout(`${JSON.stringify(diffJson(found), undefined, 2)}\n`)
  else if (format === 'markdown') io.stdout(renderMarkdown(found))
  else io.stdout(renderDiff(found, { colors: createColors(io.color), all, seconds }))
}
