/**
 * A permission table as a vendor prints it, pasted into a block of text: a row a feature, a column an operation.
 * Each cell keeps its own place, so that a failing test can point into the block.
 */
import { type Cursor, follow, placeOfKey } from '../source/cursor.ts'
import { didYouMean } from '../source/near.ts'
import { addAll, errorAt, type Problem } from '../source/problem.ts'
import { lineAt, lineText, type Place, placeAt } from '../source/text.ts'
import type { Defined, Dictionary } from './definitions.ts'
import { prefixOf } from './paths.ts'
import type { TestBlock } from './schema.ts'
import type { TableCell, TestRequest } from './test-case.ts'
import { readRequest } from './test-requests.ts'
import type { Unit } from './units.ts'

type Piece = { readonly text: string; readonly place: Place }
type Row = { readonly title: Piece; readonly cells: readonly Piece[] }
type Columns = ReadonlyMap<string, TestRequest | undefined>

/** @returns the cells row by row; what cannot be read is reported and left out */
export function readTable(
  { columns, table }: TestBlock,
  at: Cursor,
  units: Dictionary<Unit>,
  problems: Problem[],
): readonly TableCell[] {
  if (columns === undefined || table === undefined) {
    const [has, lacks] = columns === undefined ? ['table', 'columns'] : ['columns', 'table']
    problems.push(errorAt('P0501', placeOfKey(follow(at, has)), `\`${has}\` needs \`${lacks}\` beside it`))
    return []
  }
  const requests = readColumns(columns, at, problems)
  const [header, ...rows] = readRows(follow(at, 'table'), problems)
  if (header === undefined) return []
  const titles = header.cells.map(({ text }) => text)
  addAll(problems, unknownColumns(columns, titles, at))
  addAll(problems, unknownRows(rows, unitsOf(requests, units)))
  const cells = rows.flatMap((row) => readCells(row, titles, requests, problems))
  addAll(problems, uncheckedColumns(cells, requests))
  return cells
}

function readColumns(columns: Readonly<Record<string, string>>, at: Cursor, problems: Problem[]): Columns {
  return new Map(
    Object.entries(columns).map(([title, text]) => [
      singleBlanks(title),
      readRequest(text, follow(at, 'columns', title), problems),
    ]),
  )
}

const singleBlanks = (text: string): string => text.trim().replace(/\s+/g, ' ')

/** The line of dashes that Markdown puts under a header. */
const RULE = /^[\s|:-]+$/

function readRows(block: Cursor, problems: Problem[]): Row[] {
  const { source, node } = block
  if (node.kind !== 'scalar' || node.style !== 'literal') {
    problems.push(
      errorAt('P0502', placeOfKey(block), 'a table is a block of lines', {
        help: 'write `table: |` and the table below it, indented',
      }),
    )
    return []
  }
  const first = lineAt(source, node.span.from) + 1
  const rows = node.text.split('\n').flatMap((line, index) => {
    if (line.trim() === '' || RULE.test(line)) return []
    const number = first + index
    const indent = (lineText(source, number)?.length ?? 0) - line.length
    const start = (source.lineStarts[number - 1] ?? 0) + indent
    return rowOf(piecesOf(line, start, block)) ?? []
  })
  const width = rows[0]?.cells.length ?? 0
  if (width === 0) problems.push(errorAt('P0502', placeOfKey(block), 'the table has no columns'))
  return rows.filter((row) => {
    if (row.cells.length === width) return true
    const message = `the row has another number of cells than the header: ${row.cells.length}, not ${width}`
    problems.push(errorAt('P0502', row.title.place, message))
    return false
  })
}

/** What stands between the bars, without the bars at the ends, that some tables have. */
function piecesOf(line: string, start: number, { source }: Cursor): Piece[] {
  let at = start
  const pieces = line.split('|').map((part) => {
    const from = at + (part.length - part.trimStart().length)
    at += part.length + 1
    const text = part.trim()
    return { text: singleBlanks(text), place: placeAt(source, { from, to: from + text.length }) }
  })
  const isEdge = (index: number) => (index === 0 || index === pieces.length - 1) && pieces[index]?.text === ''
  return pieces.filter((_, index) => !isEdge(index))
}

function rowOf([title, ...cells]: readonly Piece[]): Row | undefined {
  return title && { title, cells }
}

const ALLOWED = ['✓', '✔', 'yes']
const DENIED = ['✗', '✘', 'no']
/** The vendor does not say, so nothing is checked; the run counts these cells. */
const UNCHECKED = ['n/a', 'sometimes']

function readCells(row: Row, titles: readonly string[], requests: Columns, problems: Problem[]): TableCell[] {
  return row.cells.flatMap(({ text, place }, index) => {
    const expect = expectationOf(text)
    const column = titles[index] ?? ''
    if (expect !== undefined) {
      return [{ feature: row.title.text, column, expect, request: requests.get(column), text, place }]
    }
    problems.push(unreadable(text, place))
    return []
  })
}

function expectationOf(text: string): TableCell['expect'] | undefined {
  const word = text.toLowerCase()
  if (ALLOWED.includes(word)) return 'allowed'
  if (DENIED.includes(word)) return 'denied'
  return UNCHECKED.includes(word) ? 'unchecked' : undefined
}

/** A tick with a footnote is not a tick: the footnote is a rule of its own, and needs requests of its own. */
function unreadable(text: string, place: Place): Problem {
  const [mark = ''] = text.split(/[\s(*[]/)
  if (expectationOf(mark) !== undefined) {
    return errorAt('P0503', place, `\`${text}\` has a footnote, and a footnote is a rule of its own`, {
      help: `write ${mark} here, and a second table with the requests that the footnote is about`,
    })
  }
  return errorAt('P0502', place, `\`${text}\` is no answer`, { help: 'write ✓, ✗, n/a or Sometimes' })
}

function unknownColumns(
  columns: Readonly<Record<string, string>>,
  titles: readonly string[],
  at: Cursor,
): Problem[] {
  const unknown = Object.keys(columns).filter((title) => !titles.includes(singleBlanks(title)))
  return unknown.map((title) => {
    const place = placeOfKey(follow(at, 'columns', title))
    return errorAt('P0504', place, `the table has no column \`${title}\``, didYouMean(title, titles))
  })
}

/** The upstreams that the table's requests go to. */
function unitsOf(requests: Columns, units: Dictionary<Unit>): readonly Defined<Unit>[] {
  const paths = [...requests.values()].flatMap((request) => request?.path ?? [])
  return units.all.filter((unit) => paths.some((path) => path.startsWith(`${prefixOf(unit)}/`)))
}

function unknownRows(rows: readonly Row[], units: readonly Defined<Unit>[]): Problem[] {
  const seen = new Set<string>()
  const known = units.flatMap(({ value }) => value.features.all.map(({ name }) => name))
  return rows.flatMap(({ title: { text, place } }) => {
    const isRepeated = seen.has(text)
    seen.add(text)
    if (isRepeated) return errorAt('P0502', place, `the row \`${text}\` stands twice`)
    if (units.length === 0 || units.some(({ value }) => value.features.knows(text))) return []
    const names = units.map(({ name }) => name).join(' or ')
    return errorAt('P0504', place, `\`${text}\` is not a feature of ${names}`, didYouMean(text, known))
  })
}

/** An answer in a column without a request would look checked and never be. One problem a column is enough. */
function uncheckedColumns(cells: readonly TableCell[], requests: Columns): Problem[] {
  const lost = cells.filter(({ expect, column }) => expect !== 'unchecked' && !requests.has(column))
  const firsts = lost.filter(
    ({ column }, index) => lost.findIndex((cell) => cell.column === column) === index,
  )
  return firsts.map(({ column, place }) =>
    errorAt('P0504', place, `nothing says which request stands for the column \`${column}\``, {
      help: 'add it under `columns:`, or write n/a in its cells',
    }),
  )
}
