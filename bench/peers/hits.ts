/** Where the peer's limiter counts: one Durable Object a key, as hono-rate-limiter's stores for other databases do it. */
import { DurableObject } from 'cloudflare:workers'
import type { Env } from 'hono'
import type { Store } from 'hono-rate-limiter'

type Window = { readonly hits: number; readonly endsAt: number }

/** A fixed window. It is written with every hit, so that an object that is moved forgets nothing. */
export class HitsObject extends DurableObject {
  increment(windowMs: number): Window {
    const now = Date.now()
    const known = this.#window
    const { hits, endsAt } = known && known.endsAt > now ? known : { hits: 0, endsAt: now + windowMs }
    return this.#write({ hits: hits + 1, endsAt })
  }

  decrement(): void {
    const known = this.#window
    if (known) this.#write({ ...known, hits: Math.max(0, known.hits - 1) })
  }

  reset(): void {
    this.#known = undefined
    this.ctx.storage.kv.delete('window')
  }

  #known: Window | undefined

  /** From memory; from storage only after the object was moved or had slept. */
  get #window(): Window | undefined {
    this.#known ??= this.ctx.storage.kv.get<Window>('window')
    return this.#known
  }

  #write(window: Window): Window {
    this.#known = window
    this.ctx.storage.kv.put('window', window)
    return window
  }
}

/** The store of one limit. Keys of two limits never meet. */
export function hitsStore<E extends Env>(
  objects: DurableObjectNamespace<HitsObject>,
  limit: string,
): Store<E> {
  let windowMs = 60_000
  const object = (key: string) => objects.getByName(`${limit}:${key}`)
  return {
    init: (options) => {
      windowMs = options.windowMs
    },
    async increment(key) {
      const { hits, endsAt } = await object(key).increment(windowMs)
      return { totalHits: hits, resetTime: new Date(endsAt) }
    },
    decrement: async (key) => await object(key).decrement(),
    resetKey: async (key) => await object(key).reset(),
  }
}
