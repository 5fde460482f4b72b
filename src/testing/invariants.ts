/** Whether the policy's invariants hold: for every route and method that a request of theirs can reach. */
import type { Millis } from '../base/time.ts'
import { reportedUntil } from '../decision/report-only.ts'
import type { CompiledPolicy } from '../policy/model.ts'
import type { Invariant, InvariantRequest } from '../policy/test-case.ts'
import type { Callers, RouteConfig } from '../routing/config.ts'
import { type Reached, routesReached } from './reach.ts'

export type Breach =
  | (Reached & { readonly kind: 'callers'; readonly method: string; readonly outside: readonly string[] })
  | (Reached & { readonly kind: 'auth' })
  /** A request that reaches no route states nothing: a typing mistake, or a route that is gone. */
  | { readonly kind: 'no_route'; readonly request: InvariantRequest }

export type InvariantResult = {
  readonly invariant: Invariant
  /** None when it holds. */
  readonly breaches: readonly Breach[]
}

/** @param now - when the requests would be sent. A route that is tried out then refuses no caller that it knows */
export function checkInvariants(
  invariants: readonly Invariant[],
  policy: CompiledPolicy,
  now: Millis,
): readonly InvariantResult[] {
  const reached = routesReached(policy)
  return invariants.map((invariant) => ({ invariant, breaches: breachesOf(invariant, reached, now) }))
}

function breachesOf(
  invariant: Invariant,
  reached: (path: string) => readonly Reached[],
  now: Millis,
): readonly Breach[] {
  const breaches = new Map<string, Breach>()
  for (const request of invariant.requests) {
    const pairs = reached(request.path).flatMap(({ route, path }) =>
      methodsOf(route, request.method).map((method) => ({ route, method, path })),
    )
    if (pairs.length === 0) breaches.set(`no_route ${request.text}`, { kind: 'no_route', request })
    for (const { route, method, path } of pairs) {
      const outside = outsideNow(invariant, route, method, now)
      if (outside.length > 0)
        breaches.set(`${route.id} ${method}`, { kind: 'callers', route, path, method, outside })
      if (isOtherAuth(invariant, route)) breaches.set(route.id, { kind: 'auth', route, path })
    }
  }
  return [...breaches.values()]
}

/** The route's methods that the request can have. HEAD follows GET where the route does not name it. */
function methodsOf({ callers }: RouteConfig, method: string | undefined): readonly string[] {
  const methods = Object.keys(callers)
  if (method === undefined) return methods
  const followed = method === 'HEAD' && !methods.includes('HEAD') ? 'GET' : method
  return methods.filter((each) => each === followed)
}

const isOtherAuth = ({ authWithin }: Invariant, { auth }: RouteConfig): boolean =>
  authWithin !== undefined && !authWithin.kinds.includes(auth)

/** What a route that is tried out refuses is let through, but for callers who have not said who they are. */
function outsideNow(
  invariant: Invariant,
  route: RouteConfig,
  method: string,
  now: Millis,
): readonly string[] {
  const callers = route.callers[method]
  if (callers?.kind !== 'any_of' || reportedUntil(now, route) === undefined) {
    return callersOutside(invariant, callers)
  }
  const everybody = callersOutside(invariant, { kind: 'authenticated' })
  return everybody.map((word) => `${word} (report_only)`)
}

/** Who may call and is not within: in the policy's words. */
function callersOutside({ callersWithin }: Invariant, callers: Callers | undefined): readonly string[] {
  if (callersWithin === undefined || callers === undefined) return []
  const { words } = callersWithin
  if (words.includes('anyone')) return []
  if (callers.kind === 'anyone') return ['anyone']
  if (words.includes('authenticated')) return []
  if (callers.kind === 'authenticated') return ['authenticated']
  const named = [...callers.features, ...callers.scopes.map((scope) => `scope:${scope}`)]
  return named.filter((word) => !words.includes(word))
}
