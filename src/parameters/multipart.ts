/** `multipart/form-data` (RFC 7578) of text fields, in the one spelling that clients write. */
import type { Parameter } from './parameter.ts'

/** RFC 7578 section 4.2. A name with a quote, a percent sign or a backslash is escaped by some and not by others. */
const DISPOSITION = /^content-disposition: *form-data; *name="([^"\\%\r\n]+)"$/i
const PLAIN_TEXT = /^content-type: *text\/plain(?:; *charset="?utf-8"?)?$/i

/**
 * Reads the parts between the boundaries. No text before the first one and after the last, no blanks behind one:
 * programs differ in what they do with those.
 *
 * @returns undefined for a body that is not exactly so, and for one that carries a file
 */
export function multipartParameters(text: string, boundary: string): readonly Parameter[] | undefined {
  const delimiter = `\r\n--${boundary}`
  // The first delimiter has no line break of its own before it.
  const pieces = `\r\n${text}`.split(delimiter)
  const last = pieces.pop()
  if (pieces.shift() !== '' || (last !== '--' && last !== '--\r\n')) return undefined
  const parameters: Parameter[] = []
  let at = delimiter.length - 2
  for (const piece of pieces) {
    const part = partOf(piece, at)
    if (part === undefined) return undefined
    parameters.push(part)
    at += piece.length + delimiter.length
  }
  return parameters
}

function partOf(piece: string, at: number): Parameter | undefined {
  const end = piece.indexOf('\r\n\r\n')
  if (!piece.startsWith('\r\n') || end < 2) return undefined
  const [first = '', ...others] = piece.slice(2, end).split('\r\n')
  const [, name] = DISPOSITION.exec(first) ?? []
  if (name === undefined || others.length > 1 || !others.every((line) => PLAIN_TEXT.test(line)))
    return undefined
  const from = end + 4
  return { name, value: piece.slice(from), from: at + from, to: at + piece.length }
}
