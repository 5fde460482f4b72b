/** What an isolate and the object that keeps the cells say to each other, and how a batch is decided. Pure. */
import type { Millis } from '../base/time.ts'
import { type Ask, type Granted, takeTogether } from './cells.ts'
import type { Row, Rows } from './row.ts'

/** The requests of one isolate that waited for the same call. */
export type Batch = { readonly asks: readonly Ask[] }

export type Reply = { readonly granted: readonly Granted[] }

/**
 * Decides a batch, one ask after the other.
 *
 * @param clock - the object's; the same for the whole batch
 */
export const decideBatch = (table: Rows, { asks }: Batch, clock: Millis): Reply => ({
  granted: asks.map((ask) => takeTogether(table, ask, clock)),
})

/**
 * A view of a table that holds writes back, so that a batch is stored all at once or, after an exception,
 * not at all.
 */
export function pending(table: Pick<Rows, 'get'>): Rows & { readonly written: ReadonlyMap<string, Row> } {
  const written = new Map<string, Row>()
  return {
    written,
    get: (id) => written.get(id) ?? table.get(id),
    put: (id, row) => void written.set(id, row),
  }
}
