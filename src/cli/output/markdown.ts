/** Markdown of GitHub's kind, from texts that may hold its signs. */
import { printable } from '../../source/frame.ts'

/** A reader who meets more rows opens the log. */
export const MAX_ROWS = 100

/** @returns lines that end with a line feed; empty where there are no rows */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ''
  const more = rows.length > MAX_ROWS ? `\n... and ${rows.length - MAX_ROWS} more\n` : ''
  const lines = [head, head.map(() => '---'), ...rows.slice(0, MAX_ROWS)]
  return `${lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('')}${more}`
}

/** Text as it is: a pipe would end the cell, and a policy's words are not to become links or pictures of the page. */
export const cell = (text: string): string =>
  printable(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/[\\|`*[\]]/g, '\\$&')

/** Text in the type of code. A backtick would end it, so where there is one it is plain text. */
export const code = (text: string): string =>
  text.includes('`') ? cell(text) : `\`${printable(text).replaceAll('|', '\\|')}\``
