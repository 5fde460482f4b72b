import type { Millis } from '../base/time.ts'
import { floorDiv } from './gcra.ts'
import type { Row } from './row.ts'

/** How a cell was refused last, and for how long its isolates were told not to ask again. */
export type Pressure = { readonly at: Millis; readonly holdMs: Millis }

const FIRST_HOLD_MS: Millis = 25
const LONGEST_HOLD_MS: Millis = 250

/** A refusal that comes this long after isolates could ask again is a quiet one. */
const QUIET_MS: Millis = 100

/**
 * How long an isolate shall refuse by itself after a refusal of this row, although its exact knowledge ends
 * earlier: where requests drain faster than a round trip takes, every isolate would ask all the time.
 *
 * 0 for a quiet cell; doubled while refusals go on. What drains meanwhile stays in the bucket: a quarter of
 * what a bucket can save up after one request was let in, so nothing is lost. Callers that obey Retry-After,
 * which is whole seconds, never notice.
 */
export function nextHold(before: Pressure | undefined, { quota, at }: Row): Millis {
  if (before === undefined || at - before.at > 2 * before.holdMs + QUIET_MS) return 0
  const savedUp = floorDiv((quota.burst - 1) * quota.period, 4 * quota.rate)
  return Math.min(LONGEST_HOLD_MS, savedUp, Math.max(FIRST_HOLD_MS, 2 * before.holdMs))
}
