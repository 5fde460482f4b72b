import type { Millis } from '../base/time.ts'
import { floorDiv } from './gcra.ts'
import type { Row } from './row.ts'

/** How hard a cell is pressed: when it was found empty last, the hold since then, and how often in a row. */
export type Pressure = { readonly at: Millis; readonly holdMs: Millis; readonly turn: number }

const FIRST_HOLD_MS: Millis = 100

/** A bucket of 500 that drains in ten seconds then gets 55 requests for each call. */
const LONGEST_HOLD_MS: Millis = 1100

/** How much longer a hold gets each time: after the third empty cell in a row it is at its longest. */
const GROWTH = 4

/** A cell that is found empty this long after isolates could ask again is a quiet one. */
const QUIET_MS: Millis = 1000

/** The golden ratio: its multiples, modulo 1, spread as evenly as any sequence can, whatever its length. */
const GOLDEN = 0.618_033_988_749_895

/**
 * The pressure on a cell that has nothing left at the moment of its row.
 *
 * 0 for a quiet cell; fourfold while isolates go on finding it empty. What drains during a hold stays in the
 * bucket, so that a call brings many requests instead of one. A hold is at most a quarter of the time in which the
 * row's debt drains: nothing is lost, since only an empty bucket has nothing to drain.
 */
export function pressed(before: Pressure | undefined, { quota, at, debt }: Row): Pressure {
  if (before === undefined || at - before.at > 2 * before.holdMs + QUIET_MS) return { at, holdMs: 0, turn: 0 }
  const longest = Math.min(LONGEST_HOLD_MS, floorDiv(debt, 4 * quota.rate))
  const holdMs = Math.min(longest, Math.max(FIRST_HOLD_MS, GROWTH * before.holdMs))
  return { at, holdMs, turn: before.turn + 1 }
}

/**
 * How long an isolate shall not ask again for a cell under this pressure.
 *
 * Who got something waits the whole hold. Who got nothing comes back at a moment of its own in the second half of
 * it, since isolates that always ask just after another one would starve.
 */
export function holdOf({ holdMs, turn }: Pressure, gotSome: boolean): Millis {
  return gotSome ? holdMs : Math.ceil((holdMs * (1 + ((turn * GOLDEN) % 1))) / 2)
}
