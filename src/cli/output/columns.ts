/** Text in columns, by the width at which a terminal draws it. */
import { displayWidth, printable } from '../../source/frame.ts'

const GAP = '  '

/**
 * @param rows - cells; a cell with line feeds takes several lines, and so does its row
 * @param indent - before each line
 * @returns lines that end with a line feed, without blanks at their ends
 */
export function columns(rows: readonly (readonly string[])[], indent = ''): string {
  const cells = rows.map((row) => row.map((cell) => cell.split('\n').map(printable)))
  const widths = (cells[0] ?? []).map((_, at) =>
    Math.max(...cells.flatMap((row) => (row[at] ?? []).map(displayWidth))),
  )
  return cells.map((row) => rowText(row, widths, indent)).join('')
}

function rowText(row: readonly (readonly string[])[], widths: readonly number[], indent: string): string {
  const height = Math.max(...row.map((lines) => lines.length))
  return Array.from({ length: height }, (_, line) => {
    const text = row.map((lines, at) => padded(lines[line] ?? '', widths[at] ?? 0)).join(GAP)
    return `${indent}${text}`.trimEnd()
  })
    .map((line) => `${line}\n`)
    .join('')
}

const padded = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - displayWidth(text)))
