/** A parameter of a body, and where its value stands in the text, so that one can be replaced and the rest left alone. */
export type Parameter = {
  readonly name: string
  /** Undefined for a JSON value that is no text. */
  readonly value: string | undefined
  /** The value as it is written: `text.slice(from, to)`. */
  readonly from: number
  readonly to: number
}

/**
 * A parameter's name as a lenient program may read it: without case (Go's JSON), blanks and dots as underscores and
 * brackets as a list (PHP), up to a zero byte (C). Two names that fold to one may be one to the upstream.
 */
export const foldedParameter = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[[\0].*$/s, '')
    .trim()
    .replace(/[ .-]/g, '_')
