import type { Millis } from '../base/time.ts'

/** Requests of the window that passes, and of the one before it. */
type Window = { start: Millis; count: number; before: number }

type Cell = { readonly second: Window; readonly spell: Window }

/** Long enough that one request a second is seen to come again and again. */
const SPELL_MS: Millis = 5000

/** How many requests a second an isolate sees for each cell. */
export class Demand {
  readonly #cells = new Map<string, Cell>()
  readonly #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  count(cell: string, quantity: number, now: Millis): void {
    const known = this.#cells.get(cell)
    if (known === undefined) {
      this.#cells.set(cell, { second: opened(quantity, now), spell: opened(quantity, now) })
      if (this.#cells.size > this.#capacity) this.#cells.delete(this.#cells.keys().next().value ?? '')
      return
    }
    add(known.second, 1000, quantity, now)
    add(known.spell, SPELL_MS, quantity, now)
  }

  /** Over the last one to two seconds. The larger of the two windows: a lease should rather be too big. */
  perSecond(cell: string): number {
    return most(this.#cells.get(cell)?.second)
  }

  /** The same over the last five to ten seconds. */
  steady(cell: string): number {
    return most(this.#cells.get(cell)?.spell) / (SPELL_MS / 1000)
  }
}

const opened = (count: number, start: Millis): Window => ({ start, count, before: 0 })

function add(window: Window, length: Millis, quantity: number, now: Millis): void {
  if (now >= window.start + length) {
    window.before = now < window.start + 2 * length ? window.count : 0
    window.count = 0
    window.start = now
  }
  window.count += quantity
}

const most = (window: Window | undefined): number =>
  window === undefined ? 0 : Math.max(window.count, window.before)
