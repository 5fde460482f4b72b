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

/** What a request is charged in each of its groups. */
export type Shares = {
  readonly each: readonly { readonly group: RateGroupConfig; readonly charge: Charge }[]
  readonly charges: readonly Charge[]
}

type At = { readonly facts: Facts; readonly route: RouteSlice }

/** Clients of one set of groups whose shares are kept. */
const MOST_CLIENTS = 2000

/**
 * @param version - sequence of the policy
 * @returns what a request is charged. Where that depends on its client alone it is made once, as long as the groups are
 *   given as the same array
 */
export function charger(version: number): (groups: readonly RateGroupConfig[], at: At, who: Known) => Shares {
  const byGroups = new WeakMap<readonly RateGroupConfig[], Map<string, Shares>>()
  return (groups, at, who) => {
    const { client } = who
    const isOfClient = groups.every(({ per }) => per.length === 1 && per[0] === 'client')
    if (!isOfClient || client === undefined || at.route.cost !== undefined)
      return sharesOf(groups, at, who, version)
    const kept = byGroups.get(groups) ?? new Map<string, Shares>()
    const known = kept.get(client)
    if (known !== undefined) return known
    const shares = sharesOf(groups, at, who, version)
    if (kept.size >= MOST_CLIENTS) kept.clear()
    byGroups.set(groups, kept.set(client, shares))
    return shares
  }
}

function sharesOf(groups: readonly RateGroupConfig[], at: At, who: Known, version: number): Shares {
  const each = groups.map((group) => ({ group, charge: chargeOf(group, at, who, version) }))
  return { each, charges: each.map(({ charge }) => charge) }
}

function chargeOf(group: RateGroupConfig, { facts, route }: At, known: Known, version: number): Charge {
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
