import type { Millis } from '../base/time.ts'
import { averageDrain, counted, windowOf } from './average.ts'
import { CLOCK_SLACK_MS, ceilDiv } from './gcra.ts'
import { drainedAt, heldTokens, heldUntil, type Row } from './row.ts'

/**
 * When a row means nothing any more, even if every lease is charged in full at the end of the last one, and
 * even if the clock steps back a little after that. Deleting it then changes no answer.
 */
export function goneAt(row: Row): Millis {
  const end = heldUntil(row)
  const held = heldTokens(row)
  const last = drainedAt(row, end)
  const window = windowOf(row.quota)
  const bucket = ceilDiv(last.debt + held * row.quota.period, row.quota.rate)
  const average = window === undefined ? 0 : averageDrain(window, counted(last, held))
  return end + Math.max(bucket, average) + CLOCK_SLACK_MS
}
