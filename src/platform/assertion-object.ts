import { DurableObject } from 'cloudflare:workers'
import type { Use } from '../authentication/ledger.ts'
import type { Millis } from '../base/time.ts'

/**
 * The row is written in the same statement that looks for it, so no two calls can both be the first. A name may
 * be used anew once its row means nothing any more, whether or not the alarm has been there.
 */
const USE = `INSERT INTO used (name, until) VALUES (?, ?)
  ON CONFLICT (name) DO UPDATE SET until = excluded.until WHERE used.until <= ?
  RETURNING name`

const CREATE = 'CREATE TABLE IF NOT EXISTS used (name TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID'

/** Time between two sweeps, and how long a row outlives its assertion: clocks of isolates differ by less. */
const SWEEP_MS: Millis = 60_000

/**
 * One shard of the assertions that were used. All that counts is in the table, so eviction between two calls
 * changes nothing; the reply leaves only when the row is durable, since the output gate holds it back.
 */
export class AssertionObject extends DurableObject {
  #made = false
  #alarmed = false

  /** @param name - hash of the assertion's client and `jti` */
  use(name: string, until: Millis): Exclude<Use, 'unknown'> {
    const [row] = this.#sql()
      .exec(USE, name, until + SWEEP_MS, Date.now())
      .toArray()
    if (!this.#alarmed) this.ctx.waitUntil(this.#setAlarm())
    return row === undefined ? 'again' : 'first'
  }

  /** Frees space; no answer depends on it. A throw would be repeated six times and then never again. */
  override async alarm(): Promise<void> {
    this.#alarmed = false
    try {
      if (this.#sweep() === 0) return await this.#drop()
    } catch (error) {
      console.error('assertions: sweep failed', error)
    }
    await this.#setAlarm()
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

  async #setAlarm(): Promise<void> {
    this.#alarmed = true
    try {
      const set = await this.ctx.storage.getAlarm()
      if (set === null) await this.ctx.storage.setAlarm(Date.now() + SWEEP_MS)
    } catch {
      this.#alarmed = false
    }
  }

  #sql(): SqlStorage {
    const { sql } = this.ctx.storage
    if (!this.#made) sql.exec(CREATE)
    this.#made = true
    return sql
  }
}
