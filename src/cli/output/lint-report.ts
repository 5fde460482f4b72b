/** The findings of `lint` and what `--fix` changes, as text. */
import type { Fixed } from '../../lint/fix.ts'
import type { Linted } from '../../lint/lint.ts'
import type { Level } from '../../lint/rules.ts'
import { printable } from '../../source/frame.ts'
import { type SourceText, sourceText } from '../../source/text.ts'
import { changedLines } from './changed-lines.ts'
import { type Colors, counted, filesByPath, positionOf, renderProblem } from './report.ts'

/** Every finding with its lines, and how many there are. */
export function renderFindings(
  { findings, excepted }: Linted,
  files: readonly SourceText[],
  colors: Colors,
): string {
  const byPath = filesByPath(files)
  const rendered = findings.map((finding) => `${renderProblem(finding, byPath, colors)}\n\n`)
  const levels: readonly Level[] = ['error', 'warning', 'info']
  const counts = levels.flatMap((level) => {
    const count = findings.filter(({ severity }) => severity === level).length
    return count === 0 ? [] : [level === 'info' ? `${count} info` : counted(count, level)]
  })
  const except = excepted === 0 ? '' : `, ${excepted} excepted`
  const summary =
    findings.length === 0 ? `ok  no findings in ${counted(files.length, 'file')}` : counts.join(', ')
  return `${rendered.join('')}${summary}${except}\n`
}

/** One block for each edit: the line as it was, and as it is. Nothing where nothing changes. */
export function renderFixes(
  changes: readonly Fixed[],
  files: readonly SourceText[],
  isDryRun: boolean,
  colors: Colors,
): string {
  const byPath = filesByPath(files)
  const blocks = changes.map(({ path, text, done }) => {
    const before = byPath.get(path)
    const heads = done.map(
      ({ code, message, place }) => `  ${code}  ${positionOf(place)}  ${printable(message)}\n`,
    )
    const lines = before === undefined ? [] : changedLines(before, sourceText(path, path, text), colors)
    return `${heads.join('')}${lines.join('')}\n`
  })
  const count = changes.reduce((sum, { done }) => sum + done.length, 0)
  const verb = isDryRun ? 'would mend' : 'mended'
  return `${verb} ${counted(count, 'finding')} in ${counted(changes.length, 'file')}\n${blocks.join('')}`
}
