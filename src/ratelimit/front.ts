/**
 * What an isolate knows of the cells of one shard, and answers by itself. Everything it says is what the
 * object would have said, or stricter. Pure but for its memory; only differences of the isolate's clock count.
 */
import { CLOCK_STEP, type Millis } from '../base/time.ts'
import type { Ask } from './cells.ts'
import { Certainty } from './certainty.ts'
import type { Charge, Taken } from './limiter.ts'
import { chargedWith } from './row.ts'
import type { Batch, Outcome } from './shard.ts'
import { admission, refusal } from './verdict.ts'
import { Wallet } from './wallet.ts'

export class Front {
  readonly #certainty: Certainty
  readonly #wallet: Wallet
  #latest: Millis = 0

  /** @param capacity - most cells remembered; forgetting one costs a call and nothing else */
  constructor(capacity: number) {
    this.#certainty = new Certainty(capacity)
    this.#wallet = new Wallet(capacity)
  }

  /** Counts a request, which makes busy cells known. Once for each, before it is answered. */
  arrived(charges: readonly Charge[], now: Millis): void {
    // With a clock that stepped back, leases would seem to last longer than they do.
    if (now < this.#latest - CLOCK_STEP) {
      this.#certainty.clear()
      this.#wallet.clear()
      this.#latest = now
    }
    this.#latest = Math.max(this.#latest, now)
    this.#wallet.arrived(charges, now)
  }

  /** The answer to a request, or undefined when the object must be asked. */
  answer(charges: readonly Charge[], now: Millis): Taken | undefined {
    return this.#wallet.pay(charges, now) ?? this.#certainty.refuse(charges, now)
  }

  /** What to send: the requests that wait, the leases to give back, and how much to lease for. */
  batch(asks: readonly Ask[], now: Millis): Batch {
    const settle = this.#wallet.settle(asks, now)
    const demands = this.#wallet.demands(asks)
    return {
      settle,
      asks: asks.map(({ charges, count }, at) => {
        const demand = demands[at]
        return demand === undefined ? { charges, count } : { charges, count, demand }
      }),
    }
  }

  /**
   * Takes in what the object said to an ask.
   *
   * @param sentAt - when the call was sent
   * @param gotAt - when the reply came
   * @returns the answers to its requests, in their order
   */
  learn({ charges, count }: Ask, outcome: Outcome, sentAt: Millis, gotAt: Millis): readonly Taken[] {
    for (const [at, charge] of charges.entries()) {
      const row = outcome.rows[at]
      if (row === undefined) continue
      this.#certainty.learn(charge, { row, sentAt, gotAt, holdUntil: gotAt + outcome.holdMs })
      this.#wallet.learn(charge, row, outcome.lease, sentAt)
    }
    return this.#answers(charges, count, outcome)
  }

  /** What a request is told when the object cannot be asked: why, and what is known of its first cell. */
  unknown(charges: readonly Charge[], why: string, now: Millis): Taken {
    const [charge] = charges
    const spent = charge && this.#certainty.spent(charge, now)
    return spent === undefined ? { admitted: 'unknown', why } : { admitted: 'unknown', why, spent }
  }

  /** When the next lease ends of which something is left; undefined while there is none. */
  nextEnd(): Millis | undefined {
    return this.#wallet.nextEnd()
  }

  /** Whether a call that only gives leases back would free something. */
  hasUnused(now: Millis): boolean {
    const end = this.#wallet.nextEnd()
    return end !== undefined && now >= end
  }

  #answers(charges: readonly Charge[], count: number, { granted, rows }: Outcome): readonly Taken[] {
    const [charge] = charges
    const own = charges.length === 1 && charge !== undefined ? this.#wallet.left(charge) : 0
    const refused = granted < count ? refusal(charges, rows) : undefined
    return Array.from({ length: count }, (_, nth) => {
      if (nth >= granted && refused !== undefined) return refused
      // All were decided at one moment; to the nth the cell was as it is less those that came after it.
      const after = granted - 1 - nth
      const then = rows.map((row, at) => chargedWith(row, -after * (charges[at]?.quantity ?? 0)))
      return admission(charges, then, own)
    })
  }
}
