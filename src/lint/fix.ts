/** The edits of findings with one right answer: the text around them, comments included, stays as it is. */
import { lineText, type SourceText, type Span } from '../source/text.ts'
import type { Finding } from './finding.ts'

/** What changes in a file. */
export type Fixed = {
  readonly path: string
  /** The whole text. */
  readonly text: string
  readonly done: readonly Finding[]
}

type Edit = Span & { readonly text: string; readonly finding: Finding }

/** @returns the files that change. What cannot be edited safely stays, and is found again */
export function fixed(files: readonly SourceText[], findings: readonly Finding[]): readonly Fixed[] {
  return files.flatMap((source) => {
    const edits = apart(
      findings.filter(({ place }) => place.file === source.path).flatMap((each) => editOf(each, source)),
    )
    if (edits.length === 0) return []
    return { path: source.path, text: edited(source.text, edits), done: edits.map(({ finding }) => finding) }
  })
}

/** Of two edits of one place the one that takes more: an entry that goes need not be respelled. */
function apart(edits: readonly Edit[]): Edit[] {
  const kept: Edit[] = []
  for (const edit of edits.toSorted((a, b) => b.to - b.from - (a.to - a.from))) {
    if (kept.every(({ from, to }) => edit.to <= from || edit.from >= to)) kept.push(edit)
  }
  return kept.toSorted((a, b) => a.from - b.from)
}

function edited(text: string, edits: readonly Edit[]): string {
  let result = ''
  let at = 0
  for (const edit of edits) {
    result += text.slice(at, edit.from) + edit.text
    at = edit.to
  }
  return result + text.slice(at)
}

function editOf(finding: Finding, source: SourceText): Edit[] {
  const { fix, place } = finding
  if (fix === undefined) return []
  const from = (source.lineStarts[place.line - 1] ?? 0) + place.column - 1
  const span = { from, to: from + place.length }
  if (fix.kind === 'delete') return deletion(span, place.line, source).map((edit) => ({ ...edit, finding }))
  const quote = /^["']/.exec(source.text.slice(from))?.[0] ?? ''
  return [{ ...span, text: quote + fix.text + quote, finding }]
}

const ITEM = /^\s*-\s+$/
const AFTER = /^\s*(#.*)?$/

/** A line of its own goes, and its comment stays; of a list in brackets, the entry and the comma before it. */
function deletion(span: Span, line: number, source: SourceText): (Span & { readonly text: string })[] {
  const start = source.lineStarts[line - 1] ?? 0
  const whole = lineText(source, line) ?? ''
  const before = whole.slice(0, span.from - start)
  const comment = AFTER.exec(whole.slice(span.to - start))
  if (ITEM.test(before) && comment) {
    const next = source.lineStarts[line] ?? source.text.length
    const kept = comment[1]
    return kept === undefined
      ? [{ from: start, to: next, text: '' }]
      : [{ from: start, to: start + whole.length, text: before.replace(/-\s+$/, kept) }]
  }
  const comma = /,\s*$/.exec(source.text.slice(0, span.from))
  return comma ? [{ from: comma.index, to: span.to, text: '' }] : []
}
