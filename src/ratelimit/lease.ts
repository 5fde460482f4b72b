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

/** How long an isolate may use a lease, by its own clock, from the moment it asked for it. */
export const LEASE_LIFE_MS: Millis = 2000

/** How much longer the object keeps it, so that no isolate can still use what has been charged as lost. */
const LEASE_SLACK_MS: Millis = 1000

/** Most leases of one cell at a time; more isolates than that ask for each request. */
const MOST_LEASES = 64

/**
 * How many requests may be leased from a row of the present.
 *
 * At most an eighth of the bucket at a time and half of it altogether, and only while more than half is
 * free: so a cell under full load still drains at the full rate, and callers elsewhere find room.
 */
export function leaseSize(row: Row, charge: Charge, wanted: number): number {
  if (charge.leased !== true || row.leases.length >= MOST_LEASES) return 0
  if (occupied(row) * 2 >= capacity(row.quota)) return 0
  const { burst } = row.quota
  const size = Math.min(wanted, floorDiv(burst, 8), floorDiv(burst, 2) - heldTokens(row), ofAverage(row))
  // A lease of one saves no call; bursts too small for more are never leased.
  return size < 2 ? 0 : fitting(row, 1, size)
}

/** The row with `tokens` leased under the name `id`. */
export function withLease(row: Row, id: string, tokens: number): Row {
  const lease: Lease = { id, tokens, until: row.at + LEASE_LIFE_MS + LEASE_SLACK_MS }
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
