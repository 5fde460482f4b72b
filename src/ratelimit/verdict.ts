/** What a row of the present says to a charge: whether it fits, how the cell stands, how long to wait. Pure. */
import type { Millis } from '../base/time.ts'
import type { LimitPart, Standing } from '../decision/standing.ts'
import {
  averageFits,
  averageRemaining,
  averageWait,
  type Counts,
  counted,
  type Window,
  windowOf,
} from './average.ts'
import { bucketFits, bucketRemaining, bucketWait } from './gcra.ts'
import type { Charge, Taken } from './limiter.ts'
import { atPresent, heldTokens, heldUntil, type Row } from './row.ts'

/** How many of `count` requests of `quantity` each fit, together. */
export function fitting(row: Row, quantity: number, count: number): number {
  const window = windowOf(row.quota)
  const inBucket = bucketFits(row.quota, occupied(row), quantity, count)
  return window === undefined ? inBucket : averageFits(window, withHeld(row), quantity, inBucket)
}

/**
 * The answer to a request that was admitted.
 *
 * @param rows - of the charges, in their order, with the request charged
 * @param own - requests that whoever asks holds a lease for, of the only charge
 */
export function admission(charges: readonly Charge[], rows: readonly Row[], own = 0): Taken {
  const standings = charges.map(({ group }, at) => standingOf(group, rows[at], own))
  return {
    admitted: true,
    standing: standings.reduce((least, other) => (tighter(other, least) ? other : least)),
  }
}

/** One limit that refuses. */
export type Refusing = { readonly standing: Standing; readonly retryMs: Millis | undefined }

/**
 * The answer to a request that does not fit.
 *
 * @param rows - of the charges, in their order, as they were found
 */
export function refusal(charges: readonly Charge[], rows: readonly Row[]): Taken {
  const refusing = charges.flatMap(({ group, quantity }, at) => {
    const row = rows[at]
    if (row === undefined || fitting(row, quantity, 1) > 0) return []
    return [{ standing: standingOf(group, row), retryMs: waitFor(row, quantity) }]
  })
  const taken = longest(refusing)
  if (taken === undefined) throw new Error('a request that fits was refused')
  return taken
}

/** Refused by the limit with the longest wait; undefined when none refuses. */
export function longest(refusing: readonly Refusing[]): Taken | undefined {
  if (refusing.length === 0) return undefined
  const worst = refusing.reduce((worst, other) => (longer(other.retryMs, worst.retryMs) ? other : worst))
  return { admitted: false, ...worst }
}

/** How a cell stands for somebody who may use `own` requests beside those that are free. */
export function standingOf(group: string, row: Row | undefined, own = 0): Standing {
  if (row === undefined) throw new Error(`no row for a charge of ${group}`)
  const window = windowOf(row.quota)
  const parts = [bucketPart(row, own), ...(window === undefined ? [] : [averagePart(row, window, own)])]
  const limit = Math.min(...parts.map((part) => part.limit))
  return {
    group,
    limit,
    remaining: Math.min(...parts.map((part) => part.remaining)),
    resetMs: Math.max(...waits(row, window, limit)),
    parts,
  }
}

/** Until `quantity` requests fit if nobody else comes; undefined when they never will. */
export function waitFor(row: Row, quantity: number): Millis | undefined {
  const window = windowOf(row.quota)
  if (quantity > row.quota.burst || (window !== undefined && quantity > window.limit)) return undefined
  const asHeld = Math.max(...waits(row, window, quantity))
  const end = heldUntil(row)
  if (row.leases.length === 0 || fitting(atPresent(row, row.at + asHeld), quantity, 1) > 0) return asHeld
  // Leases are in the way. At the latest they are charged when the last one ends, and drain from there.
  return end - row.at + Math.max(...waits(atPresent(row, end), window, quantity))
}

/** The units that are taken: the debt and what is leased out. */
export const occupied = (row: Row): number => row.debt + heldTokens(row) * row.quota.period

const withHeld = (row: Row): Counts => counted(row, heldTokens(row))

/** The waits of the bucket and of the average for a quantity that both can hold. */
function waits(row: Row, window: Window | undefined, quantity: number): Millis[] {
  const bucket = bucketWait(row.quota, occupied(row), quantity) ?? 0
  return window === undefined ? [bucket] : [bucket, averageWait(window, withHeld(row), quantity) ?? 0]
}

function bucketPart(row: Row, own: number): LimitPart {
  const { period, rate, burst } = row.quota
  const remaining = bucketRemaining(row.quota, occupied(row)) + own
  const nextMs = remaining > 0 ? 0 : (bucketWait(row.quota, occupied(row), 1) ?? 0)
  return { kind: 'bucket', limit: burst, remaining, period, rate, nextMs }
}

function averagePart(row: Row, window: Window, own: number): LimitPart {
  const counts = withHeld(row)
  const { period, average } = row.quota
  const remaining = averageRemaining(window, counts) + own
  return {
    kind: 'average',
    limit: window.limit,
    remaining,
    period,
    rate: average?.rate ?? 0,
    nextMs: remaining > 0 ? 0 : (averageWait(window, counts, 1) ?? 0),
  }
}

/** Whether a smaller share of the limit is left. Multiplied out: no fraction is compared. */
const tighter = (a: Standing, b: Standing): boolean => a.remaining * b.limit < b.remaining * a.limit

const longer = (a: Millis | undefined, b: Millis | undefined): boolean =>
  b !== undefined && (a === undefined || a > b)
