/** The paths of an upstream's routes: patterns that requests can have, and no two of them equal. */
import { type PatternProblem, parsePattern, shapeOf } from '../routing/pattern.ts'
import { type Cursor, follow, placeOfValue } from '../source/cursor.ts'
import { errorAt, type Problem } from '../source/problem.ts'
import type { Defined } from './definitions.ts'
import type { Unit } from './units.ts'

type Claim = { readonly route: string; readonly at: Cursor }

/**
 * @returns by route, its paths with the upstream's prefix, in the order of the file. Upstreams never share a
 *   path (see `mounts.ts`), so equal shapes can only meet inside one.
 */
export function readPaths(unit: Defined<Unit>, problems: Problem[]): ReadonlyMap<string, readonly string[]> {
  const prefix = prefixOf(unit)
  const claims = new Map<string, Claim>()
  const paths = new Map<string, string[]>()
  for (const { name, value, at } of inFileOrder(unit)) {
    const own = value.paths.map((path, index) => {
      const claim = { route: name, at: follow(at, 'paths', index) }
      problems.push(...checkPath(path, prefix, claim, claims))
      return prefix + path
    })
    paths.set(name, own)
  }
  return paths
}

/** So that of two equal paths the lower one in the file is reported. */
const inFileOrder = ({ value }: Defined<Unit>) =>
  value.routes.all.toSorted((a, b) => (a.at.key?.from ?? 0) - (b.at.key?.from ?? 0))

/** Without a trailing slash, so empty for the root. */
export const prefixOf = ({ value }: Defined<Unit>): string => value.upstream.prefix.replace(/\/$/, '')

function checkPath(path: string, prefix: string, claim: Claim, claims: Map<string, Claim>): Problem[] {
  const place = placeOfValue(claim.at)
  const pattern = parsePattern(path)
  if (!pattern.ok) return [badPath(path, pattern.error, claim.at)]
  const whole = parsePattern(prefix + path)
  const shape = whole.ok ? shapeOf(whole.value) : path
  const first = claims.get(shape)
  if (first === undefined) {
    claims.set(shape, claim)
    return []
  }
  if (first.route === claim.route) {
    const also = [{ place: placeOfValue(first.at), label: 'first' }]
    return [
      errorAt('P0401', place, 'the route has the same path twice', { help: 'delete one of them', also }),
    ]
  }
  return [
    errorAt(
      'P0401',
      place,
      `two routes match exactly the same paths: \`${claim.route}\` and \`${first.route}\``,
      {
        help: 'which one wins would depend on the order of lines, and order has no meaning here; join them or make one path longer',
        also: [{ place: placeOfValue(first.at), label: first.route }],
      },
    ),
  ]
}

/** @param at - the path itself, or the prefix */
export function badPath(path: string, why: PatternProblem, at: Cursor): Problem {
  const { message, help } = wording(path, why)
  return errorAt('P0402', placeOfValue(at), message, help === undefined ? {} : { help })
}

function wording(path: string, why: PatternProblem): { readonly message: string; readonly help?: string } {
  switch (why.kind) {
    case 'bad_path':
      return { message: `no request can have the path \`${path}\`: ${reasons[why.why]}` }
    case 'not_canonical':
      return { message: `\`${path}\` is matched in another spelling`, help: `write \`${why.write}\`` }
    case 'bad_segment':
      return {
        message: `\`${why.segment}\` is neither plain text, \`{name}\` nor \`**\``,
        help: 'a parameter is a whole segment between two slashes',
      }
    case 'rest_not_last':
      return {
        message: 'nothing can follow `**`, the rest of the path',
        help: 'use `{name}` for one segment',
      }
    case 'name_repeated':
      return { message: `\`{${why.name}}\` stands twice in one path`, help: 'give each its own name' }
  }
}

type PathReason = Extract<PatternProblem, { readonly kind: 'bad_path' }>['why']

const reasons: Readonly<Record<PathReason, string>> = {
  no_leading_slash: 'it does not start with a slash',
  too_long: 'it is too long',
  empty_segment: 'it has two slashes in a row',
  dot_segment: 'a segment `.` or `..` is refused',
  bad_character: 'it has a character that is refused in paths',
  hidden_character: 'it escapes a character that must not be hidden',
  bad_escape: 'a `%` is not followed by two hexadecimal digits',
  double_encoding: 'it is escaped twice',
  not_utf8: 'its escapes are not UTF-8',
}
