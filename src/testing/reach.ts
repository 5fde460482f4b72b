/** Which routes the requests of a pattern really reach: two patterns may cross and one of them never win there. */
import type { CompiledPolicy } from '../policy/model.ts'
import type { RouteConfig } from '../routing/config.ts'
import { canonicalPath, segmentKey } from '../routing/path.ts'
import { parsePattern, type Segment } from '../routing/pattern.ts'
import { type RouteTable, routeTable } from '../routing/table.ts'

/** Names a host that no upstream is bound to. */
export const ANY_HOST = 'gateway.invalid'

/** A segment that no policy names, for where every segment will do. */
const FRESH = 'any~'

/** A route, and one of the paths that reach it. */
export type Reached = { readonly route: RouteConfig; readonly path: string }

/**
 * @returns a function from a path with `*` for one segment and `**`, last, for one or more, to the routes that some
 *   request of such a path reaches
 */
export function routesReached(policy: CompiledPolicy): (path: string) => readonly Reached[] {
  const table = routeTable(policy.upstreams, policy.routes)
  const routes = policy.routes.map((route) => ({ route, patterns: route.paths.map(segmentsOf) }))
  const longest = Math.max(0, ...routes.flatMap(({ patterns }) => patterns.map(({ length }) => length)))
  return (path) => {
    const requests = wildcards(path)
    const upTo = Math.max(longest, requests.length) + 1
    return routes.flatMap(({ route, patterns }): Reached[] => {
      const common = patterns.flatMap((pattern) => commonPaths(requests, pattern, upTo))
      const path = common.find((each) => isTaken(each, route, policy, table))
      return path === undefined ? [] : [{ route, path }]
    })
  }
}

const segmentsOf = (pattern: string): readonly Segment[] => {
  const parsed = parsePattern(pattern)
  return parsed.ok ? parsed.value.segments : []
}

/** A path of an invariant. It was checked when the policy was compiled. */
const wildcards = (path: string): readonly Segment[] =>
  path
    .slice(1)
    .split('/')
    .map((part): Segment => {
      if (part === '**') return { kind: 'rest' }
      return part === '*' ? { kind: 'one', name: '*' } : { kind: 'literal', key: segmentKey(part) }
    })

/**
 * Both patterns laid over each other: one path for each length that they share, with fresh segments where both
 * leave them open. A stronger pattern that takes the path of fresh segments takes all paths of that length, so no
 * other needs to be asked; and no pattern tells lengths above `upTo` apart.
 */
function commonPaths(a: readonly Segment[], b: readonly Segment[], upTo: number): readonly string[] {
  const paths: string[] = []
  for (let length = 1; length <= upTo; length++) {
    const path = commonPath(a, b, length)
    if (path !== undefined) paths.push(path)
  }
  return paths
}

function commonPath(a: readonly Segment[], b: readonly Segment[], length: number): string | undefined {
  if (!hasLength(a, length) || !hasLength(b, length)) return undefined
  let path = ''
  for (let at = 0; at < length; at++) {
    const segment = commonSegment(literalAt(a, at), literalAt(b, at))
    if (segment === undefined) return undefined
    path += `/${segment}`
  }
  return path
}

const hasLength = (segments: readonly Segment[], length: number): boolean =>
  segments.at(-1)?.kind === 'rest' ? length >= segments.length : length === segments.length

/** The literal at a place; undefined where any segment will do. */
function literalAt(segments: readonly Segment[], at: number): string | undefined {
  const segment = segments[at]
  return segment?.kind === 'literal' ? segment.key : undefined
}

/** The empty segment after a trailing slash is matched by nothing but itself. */
function commonSegment(a: string | undefined, b: string | undefined): string | undefined {
  if (a !== undefined && b !== undefined) return a === b ? a : undefined
  const literal = a ?? b ?? FRESH
  return literal === '' ? undefined : literal
}

function isTaken(path: string, route: RouteConfig, policy: CompiledPolicy, table: RouteTable): boolean {
  const canonical = canonicalPath(path)
  if (!canonical.ok) return false
  const hosts = policy.upstreams[route.upstream]?.hosts ?? []
  return (hosts.length === 0 ? [ANY_HOST] : hosts).some(
    (host) => table.find(host, canonical.value)?.route === route,
  )
}
