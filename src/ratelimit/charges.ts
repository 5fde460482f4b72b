/** What one request is charged: how much, in which groups, and in whose cells. */
import type { Facts } from '../decision/facts.ts'
import type { ReportOnly } from '../decision/report-only.ts'
import type { Quota, RateGroupConfig } from './config.ts'
import { type Counted, chargeHome, chargeKey } from './key.ts'
import type { Charge } from './limiter.ts'

/** What the limiter looks at of a route. */
export type RouteSlice = ReportOnly & {
  readonly id: string
  readonly rateGroup: string
  /** Groups that are charged together with it. */
  readonly alsoCounted?: readonly string[]
  /** Whose tokens it takes; those that `upstream` checks are not verified here. */
  readonly token?: string
  /** What a request weighs, by method; 1 where a method is absent. */
  readonly cost?: Readonly<Record<string, number>>
}

/** Who is counted, the address and the route aside, which every request has. */
export type Known = Omit<Counted, 'address' | 'route'>

/**
 * @param version - sequence of the policy
 * @returns the charge of a request in a group
 */
export function chargeOf(
  group: RateGroupConfig,
  { facts, route }: { readonly facts: Facts; readonly route: RouteSlice },
  known: Known,
  version: number,
): Charge {
  const { name, per, consistency, budgetMs } = group
  const who = { ...known, address: facts.address, route: route.id }
  const [key, home] = [chargeKey(per, who), chargeHome(per, who)]
  return {
    group: name,
    key,
    ...(home !== key && { home }),
    quota: quotaOf(group),
    quantity: costOf(route, facts.method),
    version,
    leased: consistency === 'leased',
    ...(budgetMs !== undefined && { budgetMs }),
  }
}

/** Own keys only: every object inherits a `constructor`. HEAD follows GET, as it does for `callers`. */
function costOf({ cost = {} }: RouteSlice, method: string): number {
  const asked = method === 'HEAD' && !Object.hasOwn(cost, method) ? 'GET' : method
  return Object.hasOwn(cost, asked) ? (cost[asked] ?? 1) : 1
}

/** The numbers of a group alone: they are sent with each call and stored with each cell. */
const quotaOf = ({ period, rate, burst, average }: RateGroupConfig): Quota =>
  average === undefined ? { period, rate, burst } : { period, rate, burst, average }
