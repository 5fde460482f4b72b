import { elapsed, type Millis } from '../base/time.ts'

type Entry<Value> = { readonly value: Value; readonly since: Millis; readonly until: Millis }

/**
 * A bounded memory with an end date on every entry. It has two halves: the newer one becomes the older when it is full,
 * and what was in the older one and was not asked for since is forgotten. So what is used stays, and using it writes
 * nothing.
 */
export class Remembered<Value> {
  readonly #half: number
  #newer = new Map<string, Entry<Value>>()
  #older = new Map<string, Entry<Value>>()

  /** @param capacity - most entries held at any time */
  constructor(capacity: number) {
    this.#half = Math.max(1, Math.floor(capacity / 2))
  }

  get size(): number {
    return this.#newer.size + this.#older.size
  }

  /** @returns undefined once `now` has reached the entry's end, or lies before its beginning */
  recall(key: string, now: Millis): Value | undefined {
    const entry = this.#newer.get(key) ?? this.#broughtBack(key)
    if (entry === undefined) return undefined
    if (elapsed(entry.since, now) < entry.until - entry.since) return entry.value
    this.#newer.delete(key)
    return undefined
  }

  /** An end that has passed already leaves nothing behind. */
  remember(key: string, value: Value, until: Millis, now: Millis): void {
    this.#newer.delete(key)
    this.#older.delete(key)
    if (until > now) this.#keep(key, { value, since: now, until })
  }

  #broughtBack(key: string): Entry<Value> | undefined {
    const entry = this.#older.get(key)
    if (entry === undefined) return undefined
    this.#older.delete(key)
    this.#keep(key, entry)
    return entry
  }

  #keep(key: string, entry: Entry<Value>): void {
    if (this.#newer.size >= this.#half) {
      this.#older = this.#newer
      this.#newer = new Map()
    }
    this.#newer.set(key, entry)
  }
}
