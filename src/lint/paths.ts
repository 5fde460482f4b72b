/** Rules about paths that fit more than one route: L403, L404. */
import type { RouteConfig } from '../routing/config.ts'
import { canonicalPath } from '../routing/path.ts'
import { comparePatterns, type Pattern, parsePattern, type Segment } from '../routing/pattern.ts'
import { type RouteTable, routeTable } from '../routing/table.ts'
import type { Place } from '../source/text.ts'
import { type Finding, found } from './finding.ts'
import type { LintRule, Subject } from './subject.ts'

type RoutePath = { readonly route: RouteConfig; readonly pattern: Pattern; readonly place: Place }

const pathsOf = ({ policy, sources }: Subject): readonly RoutePath[] =>
  policy.routes.flatMap((route) =>
    route.paths.flatMap((text, index) => {
      const pattern = parsePattern(text)
      const place = sources.routes.get(route.id)?.paths[index]
      return pattern.ok && place ? [{ route, pattern: pattern.value, place }] : []
    }),
  )

/**
 * L403, once a pair of routes. That a longer literal beats a pattern around it is how policies are written, so only
 * patterns of which each has paths of its own are looked at: there, what is more literal further left wins.
 */
export const crossingRoutes: LintRule = (subject) => {
  const found = new Map<string, Finding>()
  const paths = pathsOf(subject)
  for (const [at, a] of paths.entries()) {
    for (const b of paths.slice(at + 1)) {
      const key = JSON.stringify([a.route.id, b.route.id])
      if (a.route.upstream !== b.route.upstream || a.route === b.route || found.has(key)) continue
      const finding = crossing(a, b)
      if (finding) found.set(key, finding)
    }
  }
  return [...found.values()]
}

function crossing(a: RoutePath, b: RoutePath): Finding | undefined {
  const path = sharedPath(a.pattern.segments, b.pattern.segments)
  if (path === undefined || isWithin(a.pattern, b.pattern) || isWithin(b.pattern, a.pattern)) return undefined
  const [winner, loser] = comparePatterns(a.pattern, b.pattern) < 0 ? [a, b] : [b, a]
  const message = `${loser.route.id} and ${winner.route.id} cross: ${path} goes to ${winner.route.id}`
  return found('L403', loser.place, message, { also: [{ place: winner.place, label: winner.pattern.text }] })
}

/** A path that fits both; parameters that stay open keep their braces. */
function sharedPath(a: readonly Segment[], b: readonly Segment[]): string | undefined {
  const length = Math.max(a.length, b.length)
  if (!hasLength(a, length) || !hasLength(b, length)) return undefined
  let path = ''
  for (let at = 0; at < length; at++) {
    const segment = sharedSegment(segmentAt(a, at), segmentAt(b, at))
    if (segment === undefined) return undefined
    path += `/${segment}`
  }
  return path
}

const hasLength = (segments: readonly Segment[], length: number): boolean =>
  segments.length === length || (segments.length < length && segments.at(-1)?.kind === 'rest')

const REST: Segment = { kind: 'rest' }
const segmentAt = (segments: readonly Segment[], at: number): Segment => segments[at] ?? REST

/** The empty segment after a trailing slash is matched by nothing but itself. */
function sharedSegment(a: Segment, b: Segment): string | undefined {
  if (a.kind === 'literal' && b.kind === 'literal') return a.key === b.key ? a.key : undefined
  const literal = a.kind === 'literal' ? a.key : b.kind === 'literal' ? b.key : undefined
  if (literal !== undefined) return literal === '' ? undefined : literal
  const name = a.kind === 'one' ? a.name : b.kind === 'one' ? b.name : undefined
  return name === undefined ? '**' : `{${name}}`
}

/** Whether every path of `inner` fits `outer` too. */
function isWithin({ segments: inner }: Pattern, { segments: outer }: Pattern): boolean {
  const endsOpen = outer.at(-1)?.kind === 'rest'
  const isAsOpen = endsOpen ? inner.length >= outer.length : inner.length === outer.length
  if (!isAsOpen || (!endsOpen && inner.at(-1)?.kind === 'rest')) return false
  return inner.every((segment, at) => covers(segmentAt(outer, at), segment))
}

function covers(outer: Segment, inner: Segment): boolean {
  if (outer.kind === 'literal') return inner.kind === 'literal' && inner.key === outer.key
  if (inner.kind === 'literal') return inner.key !== ''
  return outer.kind === 'rest' || inner.kind === 'one'
}

/** A segment and a host that no policy names. */
const FRESH = 'any~'
const ANY_HOST = 'gateway.invalid'

/** L404. */
export const unreachedRoutes: LintRule = (subject) => {
  const { policy, sources } = subject
  const table = routeTable(policy.upstreams, policy.routes)
  const paths = pathsOf(subject)
  const longest = Math.max(1, ...paths.map(({ pattern }) => pattern.segments.length))
  const reached = new Set(
    paths.filter((path) => isReached(path, longest + 1, subject, table)).map(({ route }) => route.id),
  )
  return policy.routes.flatMap(({ id }) => {
    const source = sources.routes.get(id)
    return reached.has(id) || source === undefined
      ? []
      : found('L404', source.place, `${id} is never reached: more literal routes take all its paths`, {
          help: 'delete it, or one of those that take its paths',
        })
  })
}

/**
 * Who takes the path of fresh segments takes all paths of that length, so one path a length is all that need be
 * asked; and no pattern tells apart what is longer than the longest.
 */
function isReached(path: RoutePath, upTo: number, { policy }: Subject, table: RouteTable): boolean {
  const { segments } = path.pattern
  const hosts = policy.upstreams[path.route.upstream]?.hosts ?? []
  for (let length = segments.length; length <= upTo; length++) {
    if (!hasLength(segments, length)) break
    const text = Array.from({ length }, (_, at) => sampleOf(segmentAt(segments, at))).join('')
    const canonical = canonicalPath(text)
    if (!canonical.ok) continue
    const takers = (hosts.length === 0 ? [ANY_HOST] : hosts).map((host) => table.find(host, canonical.value))
    if (takers.some((match) => match?.route === path.route)) return true
  }
  return false
}

const sampleOf = (segment: Segment): string => `/${segment.kind === 'literal' ? segment.key : FRESH}`
