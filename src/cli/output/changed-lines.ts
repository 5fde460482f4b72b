/** What an edit did to a text, line by line. */
import { printable } from '../../source/frame.ts'
import { maskedSource } from '../../source/secrets.ts'
import { lineText, type SourceText } from '../../source/text.ts'
import type { Colors } from './report.ts'

/**
 * Secrets are stars; no edit is of one. Edits change lines and take lines away, and add none, so one walk down both texts finds them.
 *
 * @returns pieces of text; a line as it was and as it is, each with its number in the first text
 */
export function changedLines(before: SourceText, after: SourceText, colors: Colors): string[] {
  const [old, now] = [linesOf(maskedSource(before)), linesOf(maskedSource(after))]
  const changed: string[] = []
  let at = 0
  for (const [index, line] of old.entries()) {
    if (line === now[at]) {
      at++
      continue
    }
    changed.push(colors.red(`  ${index + 1} - ${line}`), '\n')
    const isFewer = old.length - index > now.length - at
    const isGone = isFewer && (line.trim() === '' || old.includes(now[at] ?? '', index + 1))
    if (!isGone) changed.push(colors.green(`  ${index + 1} + ${now[at++] ?? ''}`), '\n')
  }
  return changed
}

/** Without the empty line after the last end of line. */
function linesOf(source: SourceText): readonly string[] {
  const lines = source.lineStarts.map((_, index) => printable(lineText(source, index + 1) ?? ''))
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}
