import type { Millis } from '../base/time.ts'

type Second = { start: Millis; count: number; before: number }

/** How many requests a second an isolate sees for each cell, over the last one to two seconds. */
export class Demand {
  readonly #cells = new Map<string, Second>()
  readonly #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  count(cell: string, quantity: number, now: Millis): void {
    const second = this.#cells.get(cell)
    if (second === undefined) {
      this.#cells.set(cell, { start: now, count: quantity, before: 0 })
      if (this.#cells.size > this.#capacity) this.#cells.delete(this.#cells.keys().next().value ?? '')
      return
    }
    if (now >= second.start + 1000) {
      second.before = now < second.start + 2000 ? second.count : 0
      second.count = 0
      second.start = now
    }
    second.count += quantity
  }

  /** The larger of the second that passes and the one before: a lease should rather be too big. */
  perSecond(cell: string): number {
    const second = this.#cells.get(cell)
    return second === undefined ? 0 : Math.max(second.count, second.before)
  }
}
