/** What is loaded, and which answers are right. */
import { basicShot, strayShot, tokenShot } from './callers.ts'
import type { Issuer } from './issuer.ts'
import type { Loaded, Shot } from './load.ts'
import { BUSY, clientCounts, NARROW, openPaths, type Policies, type PolicyName } from './policy.ts'

/**
 * `bare` only forwards, `floor` also does what no gateway can leave out, `refuse` refuses without looking, `peer` is the
 * stack of Hono's own middleware.
 */
export type Side = 'bare' | 'floor' | 'gateway' | 'peer' | 'refuse'

/** @returns what is wrong with the answers, or undefined when they are right */
export type Check = (loaded: Loaded) => string | undefined

export type Case = {
  readonly name: string
  readonly policy: PolicyName
  /** Sent in turn. */
  readonly shots: readonly Shot[]
  /** Who is loaded, and what each must answer. */
  readonly sides: Readonly<Partial<Record<Side, Check>>>
  /** Requests a second. With it nothing is timed: what is asked is how often a client of that pace needs its object. */
  readonly pace?: number
  /** Least seconds of a warm-up, where it takes that long until a side is as it stays. */
  readonly settles?: number
}

const answered = ({ statuses }: Loaded): string =>
  [...statuses].map(([status, count]) => `${count} of ${status}`).join(', ') || 'no answer'

/** Every answer has this status. */
const always =
  (status: number): Check =>
  (loaded) =>
    loaded.requests > 0 && loaded.statuses.get(status) === loaded.requests
      ? undefined
      : `${status} was expected: ${answered(loaded)}`

/** All but a few are 429, and no more are admitted than `most` of the seconds that the load took. */
const limited =
  (most: (seconds: number) => number): Check =>
  (loaded) => {
    const { statuses, requests, seconds } = loaded
    const [admitted, refused] = [statuses.get(200) ?? 0, statuses.get(429) ?? 0]
    const right = admitted + refused === requests && refused > 0 && admitted <= most(seconds)
    return right ? undefined : `429 and at most ${most(seconds)} of 200 were expected: ${answered(loaded)}`
  }

/**
 * Most that the bucket admits in a closed interval: the burst, and what comes free meanwhile. A second more than was
 * measured, for requests that were sent before the load tool looked at its clock or after.
 */
const bucket = (seconds: number): number => NARROW.burst + Math.floor(((seconds + 1) * NARROW.rate) / 60)

/** A fixed window admits its whole count at its end, and again at the start of the next. */
const windows = (seconds: number): number =>
  NARROW.burst * (1 + Math.ceil(((seconds + 1) * NARROW.rate) / (60 * NARROW.burst)))

const allowed = { bare: always(200), floor: always(200), gateway: always(200), peer: always(200) }

/** So many clients send the usual case: enough that nothing hangs on one, few enough that each is busy. */
const USUAL_CLIENTS = 10

/** Nine tenths of what the busiest group lets through for ever. */
const BUSY_PACE = (0.9 * BUSY.rate) / 60

/** Seconds until an isolate knows a client that comes once a second, and leases for it. */
const LEASED_AFTER = 5

const times = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n))

/** @returns the cases in the order in which they are run */
export async function benchCases(issuer: Issuer, policies: Policies): Promise<readonly Case[]> {
  const records = (count: number): Shot[] => times(count, (n) => basicShot(`/api/records/r-${n}`, n))
  const tokens = await Promise.all(times(USUAL_CLIENTS, (n) => tokenShot(`/api/profiles/p-${n}`, n, issuer)))
  const everywhere = openPaths(policies.many).map((path, at) => basicShot(path, at % USUAL_CLIENTS))
  const refused = { bare: always(200), refuse: always(403) }
  return [
    { name: 'basic_allowed', policy: 'main', shots: records(USUAL_CLIENTS), sides: allowed },
    { name: 'jwt_allowed', policy: 'main', shots: tokens, sides: allowed },
    {
      name: 'address_403',
      policy: 'main',
      shots: times(USUAL_CLIENTS, (n) => strayShot(`/api/records/r-${n}`, n)),
      sides: { ...refused, gateway: always(403), peer: always(403) },
    },
    {
      name: 'limited_429',
      policy: 'main',
      shots: [basicShot('/api/exports/e-1', 1)],
      sides: { ...refused, gateway: limited(bucket), peer: limited(windows) },
    },
    { name: 'one_client_hot', policy: 'main', shots: records(1), sides: allowed },
    {
      name: 'thousand_clients',
      policy: 'main',
      shots: records(clientCounts.main),
      sides: allowed,
      settles: LEASED_AFTER,
    },
    { name: 'two_thousand_routes', policy: 'many', shots: everywhere, sides: allowed },
    {
      name: 'busy_client',
      policy: 'main',
      shots: [basicShot('/api/events/e-1', 2)],
      sides: { gateway: always(200), peer: always(200) },
      pace: BUSY_PACE,
    },
  ]
}
