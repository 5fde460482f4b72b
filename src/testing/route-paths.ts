/** One request path for each route, found by trying every kind of path that the policy tells apart. */
import type { CompiledPolicy } from '../policy/model.ts'
import { pathClasses } from '../routing/classes.ts'
import { canonicalPath } from '../routing/path.ts'
import { parsePattern } from '../routing/pattern.ts'
import { routeTable } from '../routing/table.ts'
import { ANY_HOST } from './reach.ts'

export type RoutePath = { readonly host: string | undefined; readonly path: string }

/** @returns by route id; a route that is never reached, since others take all of its paths, is not in it */
export function routePaths(policy: CompiledPolicy): ReadonlyMap<string, RoutePath> {
  const table = routeTable(policy.upstreams, policy.routes)
  const hosts = new Set([undefined, ...policy.upstreams.flatMap((upstream) => upstream.hosts)])
  const found = new Map<string, RoutePath>()
  for (const host of hosts) {
    const patterns = patternsOn(host, policy).flatMap((text) => {
      const pattern = parsePattern(text)
      return pattern.ok ? [pattern.value] : []
    })
    for (const path of pathClasses(patterns)) {
      const canonical = canonicalPath(path)
      const match = canonical.ok ? table.find(host ?? ANY_HOST, canonical.value) : undefined
      if (match && !found.has(match.route.id)) found.set(match.route.id, { host, path })
    }
  }
  return found
}

/** The patterns of the upstreams that answer on the host. */
export const patternsOn = (
  host: string | undefined,
  { upstreams, routes }: Pick<CompiledPolicy, 'upstreams' | 'routes'>,
): readonly string[] =>
  routes
    .filter(({ upstream }) => {
      const hosts = upstreams[upstream]?.hosts ?? []
      return hosts.length === 0 || (host !== undefined && hosts.includes(host))
    })
    .flatMap(({ paths }) => paths)
