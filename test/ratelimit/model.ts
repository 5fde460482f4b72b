/**
 * The independent model: GCRA in its time form, a theoretical arrival time kept as an exact fraction.
 * Shares no line with the code under test, which keeps a debt in units. Times are multiplied by the rate, so
 * that a BigInt holds each of them exactly.
 */
export type ModelQuota = { readonly period: number; readonly rate: number; readonly burst: number }

export type ModelAnswer = {
  readonly admitted: boolean
  readonly remaining: number
  readonly resetMs: number
  readonly retryMs: number | undefined
}

export class ExactGcra {
  readonly #rate: bigint
  readonly #interval: bigint
  readonly #tolerance: bigint
  readonly #burst: number
  #arrival = 0n

  constructor({ period, rate, burst }: ModelQuota) {
    this.#rate = BigInt(rate)
    this.#interval = BigInt(period)
    this.#tolerance = BigInt(burst) * this.#interval
    this.#burst = burst
  }

  /** Asks for `quantity` requests at `now` milliseconds; times must not run backwards. */
  take(now: number, quantity = 1): ModelAnswer {
    const at = BigInt(now) * this.#rate
    const from = this.#arrival > at ? this.#arrival : at
    const next = from + BigInt(quantity) * this.#interval
    const late = next - this.#tolerance - at
    const admitted = late <= 0n
    if (admitted) this.#arrival = next
    const left = at + this.#tolerance - (admitted ? next : from)
    return {
      admitted,
      remaining: Number(left / this.#interval),
      resetMs: this.#millis(this.#tolerance - left),
      retryMs: admitted || quantity > this.#burst ? undefined : this.#millis(late),
    }
  }

  #millis(scaled: bigint): number {
    return Number((scaled + this.#rate - 1n) / this.#rate)
  }
}
