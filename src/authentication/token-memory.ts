import type { Millis } from '../base/time.ts'

/** A bounded memory with an end date on every entry. The one that was used longest ago makes room. */
export class TokenMemory<Value> {
  readonly #capacity: number
  readonly #entries = new Map<string, { readonly value: Value; readonly until: Millis }>()

  /** @param capacity - most entries held at any time */
  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#entries.size
  }

  /** @returns undefined once `now` has reached the entry's end */
  recall(key: string, now: Millis): Value | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    if (now >= entry.until) return undefined
    this.#entries.set(key, entry)
    return entry.value
  }

  /** An end that has passed already leaves nothing behind. */
  remember(key: string, value: Value, until: Millis, now: Millis): void {
    this.#entries.delete(key)
    if (until <= now) return
    this.#entries.set(key, { value, until })
    const [oldest] = this.#entries.keys()
    if (this.#entries.size > this.#capacity && oldest !== undefined) this.#entries.delete(oldest)
  }
}
