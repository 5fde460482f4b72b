/** Milliseconds: an instant since 1970-01-01 UTC, or a length of time. Always a whole number. */
export type Millis = number

/** Whole seconds, as HTTP headers carry them. */
export type Seconds = number

/** Requests of one isolate see time a little differently; a step back by more than this is the clock's. */
export const CLOCK_STEP: Millis = 500

/**
 * Time since an instant that was noted by the same clock. After the clock was set back nobody can tell how long it
 * is, so it counts as long ago: what was to last a moment must not last until the clock is there again.
 */
export const elapsed = (since: Millis, now: Millis): Millis =>
  now < since - CLOCK_STEP ? Number.POSITIVE_INFINITY : now - since

/** Whole seconds that cover `ms` entirely. Times that are given out are rounded up, never down. */
export const ceilSeconds = (ms: Millis): Seconds => Math.ceil(ms / 1000)

/** An instant as policies write it: the day alone at midnight UTC, 2027-02-01, else 2027-02-01T12:00:00Z. */
export const dateText = (instant: Millis): string =>
  new Date(instant)
    .toISOString()
    .replace(/T00:00:00\.000Z$/, '')
    .replace('.000Z', 'Z')

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const

/** A length of time as policies write it, in the largest unit that is whole: 90m, not 1.5h. */
export function durationText(ms: Millis): string {
  const [unit, length] = units.find(([, each]) => ms % each === 0) ?? ['ms', 1]
  return `${ms / length}${unit}`
}
