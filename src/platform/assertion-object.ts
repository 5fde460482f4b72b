import { DurableObject } from 'cloudflare:workers'
import type { Use } from '../authentication/ledger.ts'
import type { Millis } from '../base/time.ts'
import { SweepAlarm } from './sweep-alarm.ts'

/**
 * The row is written in the same statement that looks for it, so no two calls can both be the first. A name may
 * be used anew once its row means nothing any more, whether or not the alarm has been there.
 */
const USE = `INSERT INTO used (name, until) VALUES (?, ?)
  ON CONFLICT (name) DO UPDATE SET until = excluded.until WHERE used.until <= ?
  RETURNING name`

const CREATE = 'CREATE TABLE IF NOT EXISTS used (name TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID'

/** How long a row outlives its assertion: clocks of isolates differ by less. */
const GRACE_MS: Millis = 60_000

/**
 * One shard of the assertions that were used. All that counts is in the table, so eviction between two calls
 * changes nothing; the reply leaves only when the row is durable, since the output gate holds it back.
 */
export class AssertionObject extends DurableObject {
  #made = false
  readonly #alarm = new SweepAlarm(this.ctx.storage)

  /** @param name - hash of the assertion's client and `jti` */
  use(name: string, until: Millis): Exclude<Use, 'unknown'> {
    const [row] = this.#sql()
      .exec(USE, name, until + GRACE_MS, Date.now())
      .toArray()
    if (!this.#alarm.isSet) this.ctx.waitUntil(this.#alarm.set())
    return row === undefined ? 'again' : 'first'
  }

  override alarm(): Promise<void> {
    return this.#alarm.rang(async () => {
      if (this.#sweep() > 0) return 'rows left'
      await this.#drop()
      return 'empty'
    })
  }

  /** @returns how many rows are left */
  #sweep(): number {
    const sql = this.#sql()
    sql.exec('DELETE FROM used WHERE until <= ?', Date.now())
    return sql.exec<{ n: number }>('SELECT count(*) AS n FROM used').one().n
  }

  /** Nothing can be used between sweep and drop: dropping starts before anything is awaited. */
  async #drop(): Promise<void> {
    this.#made = false
    await this.ctx.storage.deleteAll()
  }

  #sql(): SqlStorage {
    const { sql } = this.ctx.storage
    if (!this.#made) sql.exec(CREATE)
    this.#made = true
    return sql
  }
}
