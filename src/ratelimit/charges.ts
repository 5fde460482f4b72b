/** What one request is charged: how much, in which groups, and in whose cells. */
import type { Facts } from '../decision/facts.ts'
import type { ReportOnly } from '../decision/report-only.ts'
import type { Quota, RateGroupConfig } from './config.ts'
import { type Counted, chargeHome, chargeKey } from './key.ts'
import type { Charge } from './limiter.ts'
import { cellId } from './row.ts'

/** What the limiter looks at of a route. */
export type RouteSlice = ReportOnly & {
  readonly id: string
  /** Index in the policy. */
  readonly upstream: number
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

/**
 * Charges of clients are made once: all requests of a client then name their cell by the same text, which need be put
 * together and hashed no more. There are as many as the policy has clients and groups.
 *
 * @returns what makes the charge of a request in a group
 */
export function charger(
  groups: readonly RateGroupConfig[],
  version: number,
): (group: RateGroupConfig, at: At, who: Known) => Charge {
  const quotas = new Map(groups.map((group) => [group.name, quotaOf(group)]))
  const ofClients = new Map(groups.map((group) => [group, new Map<string, Charge>()]))

  return (group, { facts, route }, known) => {
    const charge =
      ofClient(group, known) ?? made(group, { ...known, address: facts.address, route: route.id })
    return route.cost === undefined ? charge : { ...charge, quantity: costOf(route.cost, facts.method) }
  }

  /** @returns undefined for groups that count by something else, or when no client is known */
  function ofClient(group: RateGroupConfig, { client }: Known): Charge | undefined {
    const charges = isByClient(group) ? ofClients.get(group) : undefined
    if (charges === undefined || client === undefined) return undefined
    const before = charges.get(client)
    if (before !== undefined) return before
    const charge = made(group, { client, address: undefined, route: '' })
    charges.set(client, charge)
    return charge
  }

  function made(group: RateGroupConfig, who: Counted): Charge {
    const { name, per, consistency, budgetMs } = group
    const key = chargeKey(per, who)
    // With one word the key is the home.
    const home = per.length === 1 ? key : chargeHome(per, who)
    const charge = {
      group: name,
      key,
      ...(home !== key && { home }),
      quota: quotas.get(name) ?? quotaOf(group),
      quantity: 1,
      version,
      leased: consistency === 'leased',
      ...(budgetMs !== undefined && { budgetMs }),
    }
    return { ...charge, cell: cellId(charge) }
  }
}

const isByClient = ({ per }: RateGroupConfig): boolean => per.length === 1 && per[0] === 'client'

/** Own keys only: every object inherits a `constructor`. HEAD follows GET, as it does for `callers`. */
function costOf(cost: Readonly<Record<string, number>>, method: string): number {
  const asked = method === 'HEAD' && !Object.hasOwn(cost, method) ? 'GET' : method
  return Object.hasOwn(cost, asked) ? (cost[asked] ?? 1) : 1
}

/** The numbers of a group alone: they are sent with each call and stored with each cell. */
const quotaOf = ({ period, rate, burst, average }: RateGroupConfig): Quota =>
  average === undefined ? { period, rate, burst } : { period, rate, burst, average }
