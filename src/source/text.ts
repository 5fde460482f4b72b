/** One policy file as text, and the way from an offset in it to the line and column of an editor. */

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

/**
 * A piece of one line of one file. Lines and columns count from 1; columns count UTF-16 units, as editors do, so
 * that a tick is one and most emoji are two.
 */
export type Place = {
  /** The file's `path`. */
  readonly file: string
  readonly line: number
  readonly column: number
  /** In the unit of the columns, at least 1. What goes on in later lines is not counted. */
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
export function lineText(source: SourceText, line: number): string | undefined {
  const from = source.lineStarts[line - 1]
  return from === undefined ? undefined : source.text.slice(from, lineEnd(source, line))
}

/** Offset of the line feed, or of the carriage return before it. */
function lineEnd({ text, lineStarts }: SourceText, line: number): number {
  const next = lineStarts[line]
  if (next === undefined) return text.length
  return text[next - 2] === '\r' ? next - 2 : next - 1
}

/** The place of a span: its first line only, and at least one character of it. Does not read the line. */
export function placeAt(source: SourceText, { from, to }: Span): Place {
  const line = lineAt(source, from)
  const column = from - (source.lineStarts[line - 1] ?? 0) + 1
  const shown = source.text.slice(from, Math.min(to, lineEnd(source, line))).trimEnd()
  return { file: source.path, line, column, length: Math.max(1, shown.length) }
}
