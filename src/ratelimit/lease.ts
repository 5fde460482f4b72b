/**
 * Leases: requests handed to an isolate ahead of time, so that a busy one need not ask for each.
 *
 * Leased requests do not drain while they are out. That keeps the bucket exact: let X be the true debt,
 * counted at the moments of use, and u what is leased and unused. Then X + u ≤ debt + leased always. Handing
 * out adds to both sides alike, a use moves one inside the left side, settling moves one inside the right
 * side, and X drains at least as fast as the debt, which stops at 0 no later. The right side never exceeds
 * the bucket, so X never does. For the average the same holds: what is out counts as if it were used now.
 */
import type { Millis } from '../base/time.ts'
import { averageRemaining, windowOf } from './average.ts'
import { capacity, floorDiv } from './gcra.ts'
import type { Charge } from './limiter.ts'
import { chargedWith, heldTokens, type Lease, type Row } from './row.ts'
import { fitting, occupied } from './verdict.ts'

/** What is leased, and how long the isolate may use it: by its own clock, from the moment it asked for it. */
export type Loan = { readonly tokens: number; readonly lifeMs: Millis }

/** Requests a second from which on an isolate leases from a cell that is not calm. */
export const BUSY = 3

/**
 * The demand of so long is leased, for somewhat longer: most of a lease is used, and little is given back.
 * A calm cell has enough for everybody, so its isolates may keep what they have for longer, and those that ask for
 * little may lease too.
 */
const BUSY_TERM = { demandMs: 1500, lifeMs: 2000 }
const CALM_TERM = { demandMs: 5000, lifeMs: 6000 }

/** How much longer the object keeps it, so that no isolate can still use what has been charged as lost. */
export const LEASE_SLACK_MS: Millis = 1000

/** Most leases of one cell at a time; more isolates than that ask for each request. */
const MOST_LEASES = 64

/**
 * What may be leased from a row of the present to an isolate that sees `demand` requests a second.
 *
 * At most an eighth of the bucket at a time and half of it altogether: so even a cell under full load has a debt that
 * drains at the full rate. While three quarters are free, leases are for longer.
 */
export function loanFor(row: Row, charge: Charge, demand: number): Loan | undefined {
  if (charge.leased !== true || row.leases.length >= MOST_LEASES) return undefined
  const { burst } = row.quota
  const most = Math.min(floorDiv(burst, 8), floorDiv(burst, 2) - heldTokens(row), ofAverage(row))
  // A lease that pays for one request saves no call; bursts too small for two are never leased.
  const least = 2 * charge.quantity
  for (const term of [CALM_TERM, BUSY_TERM]) {
    const size = Math.min(most, Math.ceil((demand * term.demandMs) / 1000))
    const tokens = size < least ? 0 : fitting(row, 1, size)
    const calm = (occupied(row) + tokens * row.quota.period) * 4 <= capacity(row.quota)
    const open = term === CALM_TERM ? calm : demand >= BUSY
    if (tokens >= least && open) return { tokens, lifeMs: term.lifeMs }
  }
  return undefined
}

/** The row with a loan made under the name `id`. */
export function withLease(row: Row, id: string, { tokens, lifeMs }: Loan): Row {
  const lease: Lease = { id, tokens, until: row.at + lifeMs + LEASE_SLACK_MS }
  return { ...row, leases: [...row.leases, lease] }
}

/**
 * The row after an isolate gave a lease back: what it used is charged, the rest is free again.
 *
 * @returns undefined when the lease is not out any more (it ended and was charged in full)
 */
export function withSettled(row: Row, id: string, used: number): Row | undefined {
  const lease = row.leases.find((one) => one.id === id)
  if (lease === undefined) return undefined
  const rest = { ...row, leases: row.leases.filter((one) => one !== lease) }
  return chargedWith(rest, Math.min(Math.max(0, used), lease.tokens))
}

/** An eighth of what the average still has: what is leased and lost there is missing for hours. */
function ofAverage(row: Row): number {
  const window = windowOf(row.quota)
  if (window === undefined) return Number.POSITIVE_INFINITY
  return floorDiv(averageRemaining(window, row), 8)
}
