/**
 * All routes of a policy as one tree of path segments a host, built once an isolate. A lookup costs one map access
 * a segment, whatever the number of routes, and visits no node twice.
 */
import type { CanonicalPath } from '../decision/facts.ts'
import type { MountConfig, RouteConfig } from './config.ts'
import { segmentKey } from './path.ts'

export type Match = {
  readonly route: RouteConfig
  /** The pattern of the route that matched, as in the policy: what the decision log names instead of the path. */
  readonly pattern: string
}

export type RouteTable = {
  /**
   * The route of a request. Routes of an upstream that is bound to the host come first, whatever their patterns;
   * among themselves the patterns are asked in the order of `comparePatterns`.
   *
   * @param host - in lower case and without port
   */
  readonly find: (host: string, path: CanonicalPath) => Match | undefined
  /** Index of the upstream with the longest prefix that covers the path, for the body of a refusal without a route. */
  readonly upstreamOf: (host: string, path: CanonicalPath) => number | undefined
}

/** Every field is always there: over objects of many shapes the walk takes a tenth longer. */
type Node = {
  /** Absent at most ends, of which there are as many as patterns. */
  literals: Map<string, Node> | undefined
  one: Node | undefined
  /** `**` after this node. */
  rest: Match | undefined
  /** The pattern that ends here. */
  end: Match | undefined
}

/** What answers on one host, or on every host. */
type Site = { readonly root: Node; readonly mounts: { readonly prefix: string; readonly upstream: number }[] }

const newNode = (): Node => ({ literals: undefined, one: undefined, rest: undefined, end: undefined })
const newSite = (): Site => ({ root: newNode(), mounts: [] })

/**
 * @param mounts - the upstreams of the compiled policy, in its order
 * @param routes - of the compiled policy; their order does not matter
 * @throws Error for what no compiled policy holds: two patterns of one shape on one host
 */
export function routeTable(mounts: readonly MountConfig[], routes: readonly RouteConfig[]): RouteTable {
  const anyHost = newSite()
  const byHost = new Map<string, Site>()
  const sitesOf = mounts.map(({ hosts }) =>
    hosts.length === 0 ? [anyHost] : hosts.map((host) => siteOf(byHost, host)),
  )
  for (const [upstream, { prefix }] of mounts.entries()) {
    for (const site of sitesOf[upstream] ?? []) site.mounts.push({ prefix, upstream })
  }
  for (const route of routes) {
    for (const site of sitesOf[route.upstream] ?? []) {
      for (const pattern of route.paths) addPattern(site.root, { route, pattern })
    }
  }
  for (const site of [anyHost, ...byHost.values()]) {
    site.mounts.sort((a, b) => b.prefix.length - a.prefix.length)
  }
  return {
    find: (host, path) => {
      const bound = byHost.get(host)
      return (bound && search(bound.root, path, 1)) ?? search(anyHost.root, path, 1)
    },
    upstreamOf: (host, path) => coveredBy(byHost.get(host), path) ?? coveredBy(anyHost, path),
  }
}

function siteOf(byHost: Map<string, Site>, host: string): Site {
  const known = byHost.get(host)
  if (known) return known
  const site = newSite()
  byHost.set(host, site)
  return site
}

/**
 * Patterns are taken apart without a check: the compiler has looked at each of their characters, and an isolate reads
 * thousands of them before it can answer.
 */
function addPattern(root: Node, match: Match): void {
  const parts = match.pattern.slice(1).split('/')
  const place = parts.at(-1) === '**' ? 'rest' : 'end'
  if (place === 'rest') parts.pop()
  const node = parts.reduce(childOf, root)
  const taken = node[place]
  if (taken) {
    throw new Error(`routes ${taken.route.id} and ${match.route.id} match the same paths: ${match.pattern}`)
  }
  node[place] = match
}

function childOf(node: Node, part: string): Node {
  if (part.startsWith('{')) {
    node.one ??= newNode()
    return node.one
  }
  const key = segmentKey(part)
  node.literals ??= new Map()
  const known = node.literals.get(key)
  if (known) return known
  const child = newNode()
  node.literals.set(key, child)
  return child
}

/**
 * Literal, parameter, rest: depth first, this is the order from the left. A dead end goes back to the next
 * choice. The empty segment after a trailing slash is matched by nothing but itself.
 *
 * @param from - where the next segment begins; past the end of the path there is none
 */
function search(node: Node, path: CanonicalPath, from: number): Match | undefined {
  if (from > path.length) return node.end
  const slash = path.indexOf('/', from)
  const end = slash < 0 ? path.length : slash
  const literal = node.literals?.get(segmentKey(path.slice(from, end)))
  const found = literal && search(literal, path, end + 1)
  if (found || end === from) return found
  const other = node.one && search(node.one, path, end + 1)
  if (other) return other
  return path.endsWith('/') ? undefined : node.rest
}

/** A prefix covers whole segments only: /api does not cover /apis (threat P11). */
const coveredBy = (site: Site | undefined, path: CanonicalPath): number | undefined =>
  site?.mounts.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`))?.upstream
