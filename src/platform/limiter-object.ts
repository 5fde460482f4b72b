import { DurableObject } from 'cloudflare:workers'
import { type Batch, type Reply, Shard } from '../ratelimit/shard.ts'
import { LimiterTable } from './limiter-table.ts'

/** Time between two sweeps of rows that mean nothing any more. */
const SWEEP_MS = 60_000

/**
 * The only authority for the cells of one shard: who asks here gets an answer that nobody else can give at
 * the same time. All that counts is in the table; memory is a copy that may vanish between any two calls.
 */
export class LimiterObject extends DurableObject {
  readonly #table = new LimiterTable(this.ctx.storage)
  readonly #shard = new Shard(this.#table, () => crypto.randomUUID())
  /** Whether an alarm is known to be set. */
  #alarmed = false

  /** Decides a batch. The reply leaves only when what was admitted is durable: the output gate holds it back. */
  take(batch: Batch): Reply {
    const reply = this.#shard.take(batch, Date.now())
    if (!this.#alarmed && this.#table.used) this.ctx.waitUntil(this.#setAlarm())
    return reply
  }

  /** Frees space; no answer depends on it. A throw would be repeated six times and then never again. */
  override async alarm(): Promise<void> {
    this.#alarmed = false
    try {
      // Nothing can be admitted between the two: dropping starts before anything is awaited.
      if (this.#table.sweep(Date.now()) === 0) return await this.#table.drop()
    } catch (error) {
      console.error('limiter: sweep failed', error)
    }
    await this.#setAlarm()
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
}
