/** One policy file as text, and the way from an offset in it to the line and column a person counts. */

export type SourceText = {
  /** As the command line shows it: policies/upstreams/verify.yaml. */
  readonly path: string
  /** As logs name it, so that the compiled policy does not depend on where the folder lies: upstreams/verify.yaml. */
  readonly name: string
  readonly text: string
  /** Offset of the first character of each line, ascending. */
  readonly lineStarts: readonly number[]
}

/** Two offsets into the text; `to` is not part of it. */
export type Span = { readonly from: number; readonly to: number }

/** A piece of one line of one file. Lines and columns count from 1, columns in characters and not in bytes. */
export type Place = {
  /** The file's `path`. */
  readonly file: string
  readonly line: number
  readonly column: number
  /** Characters, at least 1. What goes on in later lines is not counted. */
  readonly length: number
}

export function sourceText(path: string, name: string, text: string): SourceText {
  const lineStarts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1)
  return { path, name, text, lineStarts }
}

/** The line of an offset, by binary search. */
export function lineAt({ lineStarts }: SourceText, offset: number): number {
  let low = 0
  let high = lineStarts.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((lineStarts[middle] ?? 0) <= offset) low = middle + 1
    else high = middle
  }
  return low
}

/** A line without its end, or undefined where the file has no such line. */
export function lineText({ text, lineStarts }: SourceText, line: number): string | undefined {
  const from = lineStarts[line - 1]
  if (from === undefined) return undefined
  const next = lineStarts[line]
  return text.slice(from, next === undefined ? text.length : next - 1).replace(/\r$/, '')
}

/** The place of a span: its first line only, and at least one character of it. */
export function placeAt(source: SourceText, { from, to }: Span): Place {
  const line = lineAt(source, from)
  const start = source.lineStarts[line - 1] ?? 0
  const end = start + (lineText(source, line)?.length ?? 0)
  const length = characters(source.text.slice(from, Math.min(to, end)).trimEnd())
  return {
    file: source.path,
    line,
    column: characters(source.text.slice(start, from)) + 1,
    length: Math.max(1, length),
  }
}

/** Code points: what a person counts, except for the few characters that are drawn together. */
function characters(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}
