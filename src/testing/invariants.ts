/** Whether the policy's invariants hold: for every route and method that a request of theirs can reach. */
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

export function checkInvariants(
  invariants: readonly Invariant[],
  policy: CompiledPolicy,
): readonly InvariantResult[] {
  const reached = routesReached(policy)
  return invariants.map((invariant) => ({ invariant, breaches: breachesOf(invariant, reached) }))
}

function breachesOf(invariant: Invariant, reached: (path: string) => readonly Reached[]): readonly Breach[] {
  const breaches = new Map<string, Breach>()
  for (const request of invariant.requests) {
    const pairs = reached(request.path).flatMap(({ route, path }) =>
      methodsOf(route, request.method).map((method) => ({ route, method, path })),
    )
    if (pairs.length === 0) breaches.set(`no_route ${request.text}`, { kind: 'no_route', request })
    for (const { route, method, path } of pairs) {
      const outside = callersOutside(invariant, route.callers[method])
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
