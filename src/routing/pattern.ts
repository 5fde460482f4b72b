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
  | { readonly kind: 'no_leading_slash' }
  /** `//`. */
  | { readonly kind: 'empty_segment' }
  /** A literal segment that no accepted request can have. */
  | { readonly kind: 'bad_literal'; readonly segment: string; readonly why: PathProblem }
  /** A literal segment that requests have in another spelling only: `write`. */
  | { readonly kind: 'not_canonical'; readonly segment: string; readonly write: string }
  /** Braces or stars that are not a whole `{name}` or `**`. */
  | { readonly kind: 'bad_parameter'; readonly segment: string }
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
  if (!text.startsWith('/')) return fail({ kind: 'no_leading_slash' })
  const parts = text.slice(1).split('/')
  const segments: Segment[] = []
  const names = new Set<string>()
  for (const [at, part] of parts.entries()) {
    const isLast = at === parts.length - 1
    if (part === '' && !isLast) return fail({ kind: 'empty_segment' })
    const segment = parseSegment(part)
    if (!segment.ok) return segment
    if (segment.value.kind === 'rest' && !isLast) return fail({ kind: 'rest_not_last' })
    if (segment.value.kind === 'one') {
      const { name } = segment.value
      if (names.has(name)) return fail({ kind: 'name_repeated', name })
      names.add(name)
    }
    segments.push(segment.value)
  }
  return ok({ text, segments })
}

function parseSegment(part: string): Result<Segment, PatternProblem> {
  if (part === '**') return ok({ kind: 'rest' })
  const name = PARAMETER.exec(part)?.[1]
  if (name !== undefined) return ok({ kind: 'one', name })
  if (SPECIAL.test(part)) return fail({ kind: 'bad_parameter', segment: part })
  const canonical = canonicalPath(`/${part}`)
  if (!canonical.ok) return fail({ kind: 'bad_literal', segment: part, why: canonical.error })
  const write = canonical.value.slice(1)
  if (write !== part) return fail({ kind: 'not_canonical', segment: part, write })
  return ok({ kind: 'literal', key: segmentKey(part) })
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
