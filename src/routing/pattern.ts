/**
 * Path patterns of a policy: `/config/{app}/clients/**`.
 *
 * A literal segment matches itself, `{name}` one segment, `**` one segment or more and only at the end. There is
 * no part-segment wildcard and no regular expression, so a prefix always ends at a slash (threat P11).
 */
import { fail, ok, type Result } from '../base/result.ts'
import { canonicalPath, type PathProblem, segmentKey } from './path.ts'

export type Segment =
  /** In the form in which `segmentKey` gives the segments of a request. */
  | { readonly kind: 'literal'; readonly key: string }
  | { readonly kind: 'one'; readonly name: string }
  | { readonly kind: 'rest' }

export type Pattern = { readonly text: string; readonly segments: readonly Segment[] }

export type PatternProblem =
  /** No accepted request has such a path. */
  | { readonly kind: 'bad_path'; readonly why: PathProblem }
  /** Requests have the path in another spelling only: `write`. */
  | { readonly kind: 'not_canonical'; readonly write: string }
  /** Braces or stars that are not a whole `{name}` or `**`. */
  | { readonly kind: 'bad_segment'; readonly segment: string }
  | { readonly kind: 'rest_not_last' }
  | { readonly kind: 'name_repeated'; readonly name: string }

const PARAMETER = /^\{([A-Za-z_][A-Za-z0-9_-]*)\}$/
const SPECIAL = /[{}*]/

/**
 * Reads a pattern. One that ends in `/` matches only paths that do, since the vendors document a few such paths;
 * no other pattern matches those (threat P9).
 *
 * @param text - with the upstream's prefix or without; starts with `/`
 */
export function parsePattern(text: string): Result<Pattern, PatternProblem> {
  if (!text.startsWith('/')) return fail({ kind: 'bad_path', why: 'no_leading_slash' })
  const parts = text.slice(1).split('/')
  const segments: Segment[] = []
  const written: string[] = []
  for (const [at, part] of parts.entries()) {
    if (part === '' && at < parts.length - 1) return fail({ kind: 'bad_path', why: 'empty_segment' })
    const read = parseSegment(part)
    if (!read.ok) return read
    segments.push(read.value.segment)
    written.push(read.value.written)
  }
  const write = `/${written.join('/')}`
  if (write !== text) return fail({ kind: 'not_canonical', write })
  const problem = restProblem(segments) ?? nameProblem(segments)
  return problem === undefined ? ok({ text, segments }) : fail(problem)
}

type Read = { readonly segment: Segment; readonly written: string }

function parseSegment(part: string): Result<Read, PatternProblem> {
  if (part === '**') return ok({ segment: { kind: 'rest' }, written: part })
  const name = PARAMETER.exec(part)?.[1]
  if (name !== undefined) return ok({ segment: { kind: 'one', name }, written: part })
  if (SPECIAL.test(part)) return fail({ kind: 'bad_segment', segment: part })
  const canonical = canonicalPath(`/${part}`)
  if (!canonical.ok) return fail({ kind: 'bad_path', why: canonical.error })
  const written = canonical.value.slice(1)
  return ok({ segment: { kind: 'literal', key: segmentKey(written) }, written })
}

const restProblem = (segments: readonly Segment[]): PatternProblem | undefined =>
  segments.slice(0, -1).some(({ kind }) => kind === 'rest') ? { kind: 'rest_not_last' } : undefined

function nameProblem(segments: readonly Segment[]): PatternProblem | undefined {
  const names = new Set<string>()
  for (const segment of segments) {
    if (segment.kind !== 'one') continue
    if (names.has(segment.name)) return { kind: 'name_repeated', name: segment.name }
    names.add(segment.name)
  }
  return undefined
}

/** The pattern without the names of its parameters: equal for patterns that match exactly the same paths. */
export const shapeOf = ({ segments }: Pattern): string =>
  segments.map((segment) => `/${shapeOfSegment(segment)}`).join('')

function shapeOfSegment(segment: Segment): string {
  switch (segment.kind) {
    case 'literal':
      return segment.key
    case 'one':
      return '{}'
    case 'rest':
      return '**'
  }
}

const rank = { literal: 0, one: 1, rest: 2 } as const

/**
 * The order in which patterns are asked (policy format, step 2): from the left, a literal segment before `{one}`
 * before `**`; literals of one place by their text. Zero for equal shapes only, so nothing hangs on the file's order.
 */
export function comparePatterns(a: Pattern, b: Pattern): number {
  for (const [at, left] of a.segments.entries()) {
    const right = b.segments[at]
    if (right === undefined) return 1
    if (left.kind !== right.kind) return rank[left.kind] - rank[right.kind]
    if (left.kind === 'literal' && right.kind === 'literal' && left.key !== right.key) {
      return left.key < right.key ? -1 : 1
    }
  }
  return a.segments.length - b.segments.length
}
