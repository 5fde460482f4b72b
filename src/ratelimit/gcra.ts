/**
 * The bucket: the generic cell rate algorithm (ITU-T I.371) in whole numbers. Pure; the clock is passed in.
 *
 * A request weighs `period` units and the bucket drains `rate` units a millisecond, so `rate` requests drain
 * per `period` and nothing is ever rounded on the way to a decision. Times given out are rounded up and
 * counts given out are rounded down. Every product stays below 2^53 as long as `fitsDoubles` holds.
 */
import type { Millis } from '../base/time.ts'
import type { Quota } from './config.ts'

export type Bucket = Pick<Quota, 'period' | 'rate' | 'burst'>

/** What is stored of a bucket: the units that had not drained at the time `at`. */
export type Debt = { readonly debt: number; readonly at: Millis }

/** The units of a full bucket. */
export const capacity = (bucket: Bucket): number => bucket.burst * bucket.period

/** Whether a bucket can be counted exactly in doubles: a period of a day and a burst of 10^8 still can. */
export const fitsDoubles = (bucket: Bucket): boolean =>
  capacity(bucket) + bucket.period + bucket.rate <= Number.MAX_SAFE_INTEGER

/** A clock that steps back by no more than this stands still instead (a move to another machine). */
export const CLOCK_SLACK_MS: Millis = 5000

/**
 * The time that counts for something stored at `at`.
 *
 * A small step back lets time stand still, so that nothing drains twice. After a bigger one the debt goes on
 * from the new time: the longest lock-out is one full drain, not the size of the step.
 */
export const steadyTime = (at: Millis, clock: Millis): Millis =>
  clock < at - CLOCK_SLACK_MS ? clock : Math.max(at, clock)

/** The units left at `now`, a time that `steadyTime` gave. */
export function levelAt(bucket: Bucket, { debt, at }: Debt, now: Millis): number {
  // Clamped to one full drain before it is multiplied: the gap may be years.
  const elapsed = Math.min(Math.max(0, now - at), ceilDiv(capacity(bucket), bucket.rate))
  return Math.max(0, debt - elapsed * bucket.rate)
}

/** How many of `count` requests of `quantity` each the bucket takes at once. Looking (quantity 0) always fits. */
export function bucketFits(bucket: Bucket, level: number, quantity: number, count: number): number {
  if (quantity === 0) return count
  // Also keeps the product below exact: a quantity above the burst may be any number.
  if (quantity > bucket.burst) return 0
  return Math.min(count, floorDiv(Math.max(0, capacity(bucket) - level), quantity * bucket.period))
}

/** Most requests permitted at once. */
export const bucketRemaining = (bucket: Bucket, level: number): number =>
  floorDiv(Math.max(0, capacity(bucket) - level), bucket.period)

/** Until `quantity` requests fit, 0 when they do now; undefined when they never will. */
export function bucketWait(bucket: Bucket, level: number, quantity: number): Millis | undefined {
  if (quantity > bucket.burst) return undefined
  return ceilDiv(Math.max(0, level + quantity * bucket.period - capacity(bucket)), bucket.rate)
}

/**
 * The debt under another quota, carried over as requests and not as time: ten used stay ten used, a higher
 * rate never refuses, and a smaller burst frees its first request after the new interval.
 */
export function convertDebt(level: number, from: Bucket, to: Bucket): number {
  // BigInt: the product of a debt and a period may pass 2^53. Rare, once per change of policy and cell.
  const units = (BigInt(level) * BigInt(to.period) + BigInt(from.period) - 1n) / BigInt(from.period)
  return units > BigInt(capacity(to)) ? capacity(to) : Number(units)
}

/** Quotient of whole numbers rounded down, exact where a division in doubles would round first. */
export const floorDiv = (a: number, b: number): number => (a - (a % b)) / b

/** Quotient of whole numbers rounded up. `a` is not negative. */
export const ceilDiv = (a: number, b: number): number => floorDiv(a, b) + (a % b === 0 ? 0 : 1)
