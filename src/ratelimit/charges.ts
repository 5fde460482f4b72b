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

type At = { readonly facts: Facts; readonly route: RouteSlice }

/** @returns what makes the charge of a request in a group, of which all that does not depend on the request is ready */
export function charger(
  groups: readonly RateGroupConfig[],
  version: number,
): (group: RateGroupConfig, at: At, who: Known) => Charge {
  const quotas = new Map(groups.map((group) => [group.name, quotaOf(group)]))
  return (group, { facts, route }, known) => {
    const { name, per, consistency, budgetMs } = group
    const who = { ...known, address: facts.address, route: route.id }
    const key = chargeKey(per, who)
    // With one word the key is the home.
    const home = per.length === 1 ? key : chargeHome(per, who)
    return {
      group: name,
      key,
      ...(home !== key && { home }),
      quota: quotas.get(name) ?? quotaOf(group),
      quantity: route.cost === undefined ? 1 : costOf(route.cost, facts.method),
      version,
      leased: consistency === 'leased',
      ...(budgetMs !== undefined && { budgetMs }),
    }
  }
}

/** Own keys only: every object inherits a `constructor`. HEAD follows GET, as it does for `callers`. */
function costOf(cost: Readonly<Record<string, number>>, method: string): number {
  const asked = method === 'HEAD' && !Object.hasOwn(cost, method) ? 'GET' : method
  return Object.hasOwn(cost, asked) ? (cost[asked] ?? 1) : 1
}

/** The numbers of a group alone: they are sent with each call and stored with each cell. */
const quotaOf = ({ period, rate, burst, average }: RateGroupConfig): Quota =>
  average === undefined ? { period, rate, burst } : { period, rate, burst, average }
