import type { Millis } from '../base/time.ts'
import { answerOf, oneChargePerCell, takeTogether } from './cells.ts'
import type { Limiter } from './limiter.ts'
import type { Row } from './row.ts'

/**
 * The limiter in memory: for tests, the command line, and what a rate group falls back to.
 *
 * @param now - the clock of the cells
 * @param capacity - most cells kept. The ones written longest ago are forgotten first, which gives their
 *   callers a fresh bucket, so it must be far above the callers of one drain.
 */
export function memoryLimiter(now: () => Millis, capacity = 100_000): Limiter {
  const rows = new Map<string, Row>()
  const table = {
    get: (id: string) => rows.get(id),
    put: (id: string, row: Row) => {
      rows.delete(id)
      rows.set(id, row)
      if (rows.size > capacity) rows.delete(rows.keys().next().value ?? '')
    },
  }
  return {
    take(charges) {
      const each = oneChargePerCell(charges)
      if (each === undefined) return { admitted: 'unknown', why: 'charges without a common home' }
      return answerOf(each, takeTogether(table, { charges: each, count: 1 }, now()))
    },
  }
}
