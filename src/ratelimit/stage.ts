/** The steps that count a request: early by address, later by whom it is known to be, and when it is refused. */
import type { IpAddress } from '../base/address.ts'
import { type Awaitable, fail, ok, type Result, whenReady } from '../base/result.ts'
import type { Denial } from '../decision/denial.ts'
import type { Facts } from '../decision/facts.ts'
import type { Stage } from '../decision/stage.ts'
import { charger, type Known, type RouteSlice } from './charges.ts'
import type { Quota, RateGroupConfig } from './config.ts'
import { insteadOf, standIn } from './fallback.ts'
import type { Rated } from './headers.ts'
import { chargeKey } from './key.ts'
import type { Charge, Limiter, Taken } from './limiter.ts'
import { type Count, reporting } from './reporting.ts'
import { tokenName } from './token-name.ts'

type Groups = readonly RateGroupConfig[]
type Client = { readonly name: string }
type Caller = { readonly client: Client | undefined; readonly by?: string }
type Early = { readonly facts: Facts; readonly route: RouteSlice }
type Counting = Early & {
  readonly principal: Caller
  /** As the route's path names it. */
  readonly tenant?: string | undefined
  readonly early: Rated | undefined
}
type Outcome<Learns> = Awaitable<Result<Learns, Denial>>

/** The two steps of one policy. They share what a group falls back to while the limiter is out of reach. */
export type RateStages = {
  /** Counts groups with `beforeAuth` by address, before any credential is read; the others pass. */
  readonly beforeAuth: Stage<Early, { readonly early: Rated | undefined }>
  /** Counts every other group, once the caller is known. */
  readonly rate: Stage<Counting, { readonly rate: Rated }>
}

/**
 * @param groups - of the compiled policy
 * @param version - sequence of the policy; where two meet, the newer one's quotas hold
 * @param reports - whether a group or a route of the policy is tried out. Where none is, it costs nothing
 */
export function rateStages(
  limiter: Limiter,
  groups: readonly RateGroupConfig[],
  version = 0,
  reports = false,
): RateStages {
  const groupsOf = groupFinder(groups)
  const counting = counter(limiter, groups, version)
  const count = reports ? reporting(counting) : counting
  const whoOf = callers()
  const earlyOf = keptFor(withoutClients)
  return {
    beforeAuth: {
      name: 'rate',
      run: ({ facts, route }): Outcome<{ early: Rated | undefined }> => {
        const groups = groupsOf(route)
        // Groups that are charged together are all counted early, or none is.
        if (groups.some(({ beforeAuth }) => !beforeAuth)) return ok({ early: undefined })
        return whenReady(count(earlyOf(groups), { facts, route }, nobody), (made) =>
          made.ok ? ok({ early: made.value }) : made,
        )
      },
    },
    rate: {
      name: 'rate',
      run: (at): Outcome<{ rate: Rated }> => {
        if (at.early !== undefined) return ok({ rate: at.early })
        const groups = groupsOf(at.route)
        const counted = whenReady(whoOf(groups, at), (who) => count(groups, at, who))
        return whenReady(counted, (made) => (made.ok ? ok({ rate: made.value }) : made))
      },
    },
  }
}

/** The rate group of refused credentials. It has a cell of its own, whatever the policy names its groups. */
export const FAILED_AUTH = 'failed_auth'

/**
 * Charges a failed authentication to the caller's address, never to the client that was named (threat R4):
 * whoever knows a client's id must not be able to lock it out.
 *
 * @returns the denial itself, or `rate_limited` when the address has failed too often. Other denials pass
 *   unchanged. While the limiter is out of reach this one passes too, since it is a refusal already, and says so.
 */
export function failedAuth(
  limiter: Limiter,
  quota: Quota,
  version = 0,
): (denial: Denial, address: IpAddress | undefined) => Awaitable<Denial> {
  return (denial, address) => {
    if (denial.reason !== 'credentials_invalid' && denial.reason !== 'credentials_ambiguous') return denial
    const who = chargeKey(['address'], { client: undefined, address, route: '' })
    const charge: Charge = { group: FAILED_AUTH, key: `failed ${who}`, quota, quantity: 1, version }
    return whenReady(limiter.take([charge]), (taken) => {
      if (taken.admitted === 'unknown') return { ...denial, uncounted: taken.why }
      return taken.admitted ? denial : { reason: 'rate_limited', group: FAILED_AUTH, ...refused(taken) }
    })
  }
}

/** One count of a request in all its groups, with the groups' own answer where the limiter has none. */
function counter(limiter: Limiter, policyGroups: readonly RateGroupConfig[], version: number): Count {
  const instead = standIn()
  const chargeOf = charger(policyGroups, version)
  return (groups, at, who) => {
    const charges = groups.map((group) => chargeOf(group, at, who))
    return whenReady(limiter.take(charges), (answer) =>
      answer.admitted === 'unknown'
        ? insteadOf(groups, charges, answer, at.facts.now, instead)
        : decided(answer),
    )
  }
}

/** The outcome of an answer that the limiter gave, in the words of the group that decided it. */
function decided(taken: Exclude<Taken, { admitted: 'unknown' }>): Result<Rated, Denial> {
  const { group, limit } = taken.standing
  if (!taken.admitted) return fail({ reason: 'rate_limited', group, ...refused(taken) })
  return ok({ group, limit, standing: taken.standing })
}

const refused = ({ standing, retryMs }: Extract<Taken, { admitted: false }>) => ({ standing, retryMs })

/** By the policy's names: `akamai/crm-sync`. A client or a tenant of two upstreams has a cell in each. */
function callers(): (groups: readonly RateGroupConfig[], at: Counting) => Awaitable<Known> {
  const clients = new WeakMap<Client, Known[]>()

  return (groups, { facts, route, principal, tenant }) => {
    const known = principal.client === undefined ? nobody : ofClient(principal.client, route)
    const who = tenant === undefined ? known : { ...known, tenant: `${upstreamOf(route)}/${tenant}` }
    // A token that nobody has verified is whatever the caller likes: each made up one would be another bucket.
    const isVerified = principal.by === 'token' && route.token !== 'upstream'
    if (!isVerified || facts.authorization === undefined || !groups.some(({ per }) => per.includes('token')))
      return who
    return tokenName(facts.authorization).then((token) => ({ ...who, token }))
  }

  function ofClient(client: Client, route: RouteSlice): Known {
    const known = clients.get(client) ?? []
    const before = known[route.upstream]
    if (before !== undefined) return before
    const made = { client: `${upstreamOf(route)}/${client.name}` }
    known[route.upstream] = made
    clients.set(client, known)
    return made
  }
}

const nobody: Known = { client: undefined }

const upstreamOf = ({ id }: RouteSlice): string => id.slice(0, id.indexOf('/'))

/** What groups count by when nobody can be known yet: the address takes the client's place. */
const withoutClients = (groups: Groups): Groups =>
  groups.map((group) => ({ ...group, per: ['address', ...group.per.filter((kind) => kind === 'route')] }))

/** Makes something of an object once. */
function keptFor<Key extends object, Made extends object>(make: (key: Key) => Made): (key: Key) => Made {
  const kept = new WeakMap<Key, Made>()
  return (key) => {
    const known = kept.get(key)
    if (known !== undefined) return known
    const made = make(key)
    kept.set(key, made)
    return made
  }
}

/** Finds a route's groups once: whoever counts in the same groups is given the same array. */
function groupFinder(groups: Groups): (route: RouteSlice) => Groups {
  const alone = new Map(groups.map((group) => [group.name, [group]]))
  const groupOf = (name: string, { id }: RouteSlice): Groups => {
    const group = alone.get(name)
    // A compiled policy names groups that exist; without one the route would be unlimited.
    if (group === undefined) throw new Error(`route ${id} names no rate group: ${name}`)
    return group
  }
  const together = keptFor((route: RouteSlice) =>
    [route.rateGroup, ...(route.alsoCounted ?? [])].flatMap((name) => groupOf(name, route)),
  )
  return (route) => (route.alsoCounted === undefined ? groupOf(route.rateGroup, route) : together(route))
}
