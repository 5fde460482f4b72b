/** The three steps that find the rule for a request: its canonical path, the route, the method's callers. */
import { fail, ok } from '../base/result.ts'
import type { CanonicalPath } from '../decision/facts.ts'
import type { PlainStage } from '../decision/stage.ts'
import type { Callers } from './config.ts'
import { canonicalPath, segmentKey } from './path.ts'
import type { Match, RouteTable } from './table.ts'

export const pathStage: PlainStage<
  { readonly facts: { readonly rawPath: string } },
  { readonly path: CanonicalPath }
> = {
  name: 'path',
  run: ({ facts }) => {
    const path = canonicalPath(facts.rawPath)
    return path.ok ? ok({ path: path.value }) : fail({ reason: 'bad_path', why: path.error })
  },
}

/** What no route lists is refused, in the words of the upstream whose prefix covers the path. */
export const routeStage = (
  table: RouteTable,
): PlainStage<
  { readonly facts: { readonly host: string }; readonly path: CanonicalPath },
  Match & { readonly tenant?: string }
> => ({
  name: 'route',
  run: ({ facts: { host }, path }) => {
    const match = table.find(host, path)
    if (match) return ok(withTenant(match, path))
    return fail({ reason: 'unknown_route', upstream: table.upstreamOf(host, path) })
  },
})

/** The value of the parameter that the limiter counts by. Case does not count: many programs ignore it (threat R2). */
function withTenant(match: Match, path: CanonicalPath): Match & { readonly tenant?: string } {
  const { tenant } = match.route
  const at = tenant === undefined ? -1 : match.pattern.split('/').indexOf(`{${tenant}}`)
  const segment = at < 0 ? undefined : path.split('/')[at]
  return segment === undefined ? match : { ...match, tenant: segmentKey(segment).toLowerCase() }
}

type MethodNeeds = {
  readonly facts: { readonly method: string; readonly upgrade: string | undefined }
  readonly route: { readonly callers: Readonly<Record<string, Callers>>; readonly upgrade?: 'websocket' }
}

/** Methods are what the policy lists and nothing else: no cell, no access (threats M2, M3). */
export const methodStage: PlainStage<MethodNeeds, { readonly callers: Callers }> = {
  name: 'method',
  run: ({ facts, route }) => {
    const callers = callersOf(route.callers, facts.method)
    if (callers === undefined) {
      return fail({ reason: 'method_not_allowed', allowed: allowedMethods(route.callers) })
    }
    return mayUpgrade(facts, route.upgrade) ? ok({ callers }) : fail({ reason: 'upgrade_refused' })
  },
}

/** Own keys only: every object inherits a `constructor`. HEAD is GET without the body (RFC 9110 section 9.3.2). */
function callersOf(callers: MethodNeeds['route']['callers'], method: string): Callers | undefined {
  if (Object.hasOwn(callers, method)) return callers[method]
  return method === 'HEAD' ? callers['GET'] : undefined
}

/** For the Allow field, which a 405 must carry (RFC 9110 section 15.5.6). */
function allowedMethods(callers: MethodNeeds['route']['callers']): readonly string[] {
  const methods = Object.keys(callers)
  return methods.includes('GET') && !methods.includes('HEAD') ? [...methods, 'HEAD'] : methods
}

/** After an upgrade the gateway sees no requests any more, so the route must say that it means one. */
const mayUpgrade = ({ method, upgrade }: MethodNeeds['facts'], allowed: 'websocket' | undefined): boolean =>
  upgrade === undefined || (upgrade.toLowerCase() === allowed && method === 'GET')
