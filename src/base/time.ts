/** Milliseconds: an instant since 1970-01-01 UTC, or a length of time. Always a whole number. */
export type Millis = number

/** Whole seconds, as HTTP headers carry them. */
export type Seconds = number

/** Whole seconds that cover `ms` entirely. Times that are given out are rounded up, never down. */
export const ceilSeconds = (ms: Millis): Seconds => Math.ceil(ms / 1000)

/** An instant as policies write it: the day alone at midnight UTC, 2027-02-01, else 2027-02-01T12:00:00Z. */
export const dateText = (instant: Millis): string =>
  new Date(instant)
    .toISOString()
    .replace(/T00:00:00\.000Z$/, '')
    .replace('.000Z', 'Z')
