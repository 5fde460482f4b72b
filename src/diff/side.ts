/** One of the two policies that are compared, with what is asked of it again and again. */

import type { Millis } from '../base/time.ts'
import { reportedUntil } from '../decision/report-only.ts'
import type { CompiledPolicy } from '../policy/model.ts'
import type { Callers, RouteConfig } from '../routing/config.ts'
import { type RouteTable, routeTable } from '../routing/table.ts'
import type { TokenMaker } from '../testing/tokens.ts'
import { type Trial, trialOf } from '../testing/trial.ts'

export type Side = {
  /** As it is tried. */
  readonly policy: CompiledPolicy
  readonly trial: Trial
  readonly table: RouteTable
  /** When the requests are sent: what is tried out until later refuses nobody. */
  readonly now: Millis
}

/** @param tokens - the same for both sides, so that one token can be sent to both, at one instant */
export function sideOf(policy: CompiledPolicy, tokens: TokenMaker): Side {
  const trial = trialOf(policy, tokens)
  const table = routeTable(policy.upstreams, policy.routes)
  return { policy: trial.policy, trial, table, now: tokens.now }
}

/** A method, or an upgrade, which is a GET of its own kind. */
export type Call = { readonly method: string; readonly upgrade: 'websocket' | undefined }

/** HEAD follows GET. */
export function callersOf(route: RouteConfig | undefined, method: string): Callers | undefined {
  if (route === undefined) return undefined
  if (Object.hasOwn(route.callers, method)) return route.callers[method]
  return method === 'HEAD' ? route.callers['GET'] : undefined
}

/** Every call that one of the routes may let through. Any other is refused by both; HEAD goes as GET goes. */
export function callsOf(routes: readonly (RouteConfig | undefined)[]): readonly Call[] {
  const known = routes.filter((route) => route !== undefined)
  const methods = new Set(known.flatMap(({ callers }) => Object.keys(callers)))
  const upgrades = known.some(({ upgrade }) => upgrade === 'websocket')
  return [
    ...[...methods].map((method): Call => ({ method, upgrade: undefined })),
    ...(upgrades ? [{ method: 'GET', upgrade: 'websocket' } as const] : []),
  ]
}

/** Whether the call gets as far as the caller. */
export const takes = (route: RouteConfig | undefined, { method, upgrade }: Call): boolean =>
  callersOf(route, method) !== undefined && (upgrade === undefined || route?.upgrade === upgrade)

/**
 * Everything that a decision on this call looks at besides the caller and the address, as text. Where two of them are
 * equal, the same caller is decided on alike.
 */
export function ruleText({ policy, now }: Side, route: RouteConfig | undefined, call: Call): string {
  const callers = callersOf(route, call.method)
  if (route === undefined) return 'unknown_route'
  if (callers === undefined) return 'method_not_allowed'
  if (call.upgrade !== undefined && route.upgrade !== call.upgrade) return 'upgrade_refused'
  const { auth, client, parameters, bodyLimit, token, respectsAllowList, lists } = route
  const upstream = policy.upstreams[route.upstream]
  return JSON.stringify([
    [upstream?.name, upstream?.lists, upstream?.credentials, upstream?.disabledClientTokens],
    [auth, client, parameters, bodyLimit, respectsAllowList, lists, callers],
    reportedUntil(now, route) !== undefined,
    policy.tokens.find(({ name }) => name === token) ?? token,
  ])
}
