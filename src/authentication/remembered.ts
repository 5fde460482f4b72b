import { elapsed, type Millis } from '../base/time.ts'

type Entry<Value> = { readonly value: Value; readonly since: Millis; readonly until: Millis }

/** A bounded memory with an end date on every entry. The one that was used longest ago makes room. */
export class Remembered<Value> {
  readonly #capacity: number
  readonly #entries = new Map<string, Entry<Value>>()

  /** @param capacity - most entries held at any time */
  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#entries.size
  }

  /** @returns undefined once `now` has reached the entry's end, or lies before its beginning */
  recall(key: string, now: Millis): Value | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    if (elapsed(entry.since, now) >= entry.until - entry.since) return undefined
    this.#entries.set(key, entry)
    return entry.value
  }

  /** An end that has passed already leaves nothing behind. */
  remember(key: string, value: Value, until: Millis, now: Millis): void {
    this.#entries.delete(key)
    if (until <= now) return
    this.#entries.set(key, { value, since: now, until })
    const [oldest] = this.#entries.keys()
    if (this.#entries.size > this.#capacity && oldest !== undefined) this.#entries.delete(oldest)
  }
}
