import { DurableObject } from 'cloudflare:workers'
import { type Batch, type Reply, Shard } from '../ratelimit/shard.ts'
import { LimiterTable } from './limiter-table.ts'
import { SweepAlarm } from './sweep-alarm.ts'

/**
 * The only authority for the cells of one shard: who asks here gets an answer that nobody else can give at
 * the same time. All that counts is in the table; memory is a copy that may vanish between any two calls.
 */
export class LimiterObject extends DurableObject {
  readonly #table = new LimiterTable(this.ctx.storage)
  readonly #shard = new Shard(this.#table, () => crypto.randomUUID())
  readonly #alarm = new SweepAlarm(this.ctx.storage)

  /** Decides a batch. The reply leaves only when what was admitted is durable: the output gate holds it back. */
  take(batch: Batch): Reply {
    const reply = this.#shard.take(batch, Date.now())
    if (!this.#alarm.isSet && this.#table.used) this.ctx.waitUntil(this.#alarm.set())
    return reply
  }

  override alarm(): Promise<void> {
    return this.#alarm.rang(async () => {
      if (this.#table.sweep(Date.now()) > 0) return 'rows left'
      // Nothing can be admitted between the two: dropping starts before anything is awaited.
      await this.#table.drop()
      return 'empty'
    })
  }
}
