/**
 * The rolling average: never more than `limit` requests in any trailing window of `over`. Pure.
 *
 * Requests are counted in sub-buckets of `step` milliseconds. A sub-bucket counts in full until the last
 * moment it covers has left the window, so the limit is never exceeded; in return a request may be refused
 * early by at most what one sub-bucket holds, for at most its width. The usual interpolation of the oldest
 * sub-bucket would be smoother and can exceed the limit.
 */
import type { Millis } from '../base/time.ts'
import type { Quota } from './config.ts'
import { ceilDiv, floorDiv } from './gcra.ts'

/** Sub-buckets in a window: a request may be refused early by 1/60 of even traffic. */
const STEPS = 60

export type Window = { readonly over: Millis; readonly limit: number; readonly step: Millis }

/** What was counted, newest sub-bucket first; the first one holds the moment `at`. No zeros at the end. */
export type Counts = { readonly at: Millis; readonly counts: readonly number[] }

/** The window behind a quota's average: its mean per period, times the periods it looks back over. */
export function windowOf(quota: Quota): Window | undefined {
  const { average } = quota
  if (average === undefined) return undefined
  return {
    over: average.over,
    // Rounded down, since a fraction of a request cannot be admitted. BigInt: the product may pass 2^53.
    limit: Number((BigInt(average.rate) * BigInt(average.over)) / BigInt(quota.period)),
    step: ceilDiv(average.over, STEPS),
  }
}

/** The counts as they stand at `now`, a time not before `at` or after a clock that stepped back. */
export function rolled(window: Window, { at, counts }: Counts, now: Millis): Counts {
  const passed = Math.max(0, index(window, now) - index(window, at))
  const kept = index(window, now) - index(window, now - window.over) + 1
  if (passed >= kept || counts.length === 0) return { at: now, counts: [] }
  const moved = passed === 0 ? counts : [...Array<number>(passed).fill(0), ...counts]
  return { at: now, counts: trimmed(moved.slice(0, kept)) }
}

/** Counts made with another step, each moved to the sub-bucket of the last moment it covers: none leaves early. */
export function regrouped(from: Window, to: Window, { at, counts }: Counts): Counts {
  const result: number[] = []
  for (const [age, count] of counts.entries()) {
    const last = Math.min(at, (index(from, at) - age + 1) * from.step - 1)
    if (last < at - to.over) break
    const place = index(to, at) - index(to, last)
    while (result.length <= place) result.push(0)
    result[place] = (result[place] ?? 0) + count
  }
  return { at, counts: result }
}

/** The counts with `quantity` more requests at `at`. */
export const counted = ({ at, counts }: Counts, quantity: number): Counts => ({
  at,
  counts: trimmed([(counts[0] ?? 0) + quantity, ...counts.slice(1)]),
})

export const total = (counts: Counts): number => counts.counts.reduce((sum, count) => sum + count, 0)

/** How many of `count` requests of `quantity` each the window takes at once. */
export function averageFits(window: Window, counts: Counts, quantity: number, count: number): number {
  if (quantity === 0) return count
  return Math.min(count, floorDiv(averageRemaining(window, counts), quantity))
}

/** Most requests that the window still takes. */
export const averageRemaining = (window: Window, counts: Counts): number =>
  Math.max(0, window.limit - total(counts))

/** Until `quantity` requests fit, 0 when they do now; undefined when they never will. */
export function averageWait(window: Window, counts: Counts, quantity: number): Millis | undefined {
  if (quantity > window.limit) return undefined
  let excess = total(counts) + quantity - window.limit
  for (let age = counts.counts.length - 1; age >= 0 && excess > 0; age--) {
    excess -= counts.counts[age] ?? 0
    if (excess <= 0) return leaves(window, index(window, counts.at) - age) - counts.at
  }
  return 0
}

/** Until nothing is counted any more. */
export function averageDrain(window: Window, { at, counts }: Counts): Millis {
  const newest = counts.findIndex((count) => count > 0)
  return newest < 0 ? 0 : leaves(window, index(window, at) - newest) - at
}

const index = (window: Window, time: Millis): number => Math.floor(time / window.step)

/** The first moment at which a sub-bucket no longer counts: its last moment is then older than the window. */
const leaves = (window: Window, place: number): Millis =>
  // The window kept by `rolled` starts at ⌊(now − over) / step⌋, so `place` is out once that has passed it.
  (place + 1) * window.step + window.over

function trimmed(counts: readonly number[]): readonly number[] {
  let length = counts.length
  while (length > 0 && counts[length - 1] === 0) length--
  return length === counts.length ? counts : counts.slice(0, length)
}
