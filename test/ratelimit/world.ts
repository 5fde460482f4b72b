/**
 * A small world in which limiters run in simulated time: isolates with clocks of their own, a network that
 * delays and loses, and an object that can be evicted, restarted or broken between any two calls. The code
 * under test is the real one (`Line`, `Front`, `Shard`); the world only stands for time, network and storage.
 */
import { Line } from '../../src/platform/limiter-line.ts'
import type { Charge, Taken } from '../../src/ratelimit/limiter.ts'
import type { Row } from '../../src/ratelimit/row.ts'
import { type Batch, type Reply, Shard } from '../../src/ratelimit/shard.ts'

/** Numbers that look random and are the same in every run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export type Trouble = {
  /** Chances, for each call. */
  readonly lostRequest: number
  readonly lostReply: number
  readonly throws: number
  readonly restart: number
  /** The object's clock steps back, by up to 8 s. */
  readonly stepBack: number
}

const calm: Trouble = { lostRequest: 0, lostReply: 0, throws: 0, restart: 0, stepBack: 0 }

/** A request that was admitted, at the moment that counts: decided by the object, or paid from a lease. */
export type Admission = { readonly at: number; readonly quantity: number }

type Event = { readonly at: number; readonly order: number; readonly run: () => void }

export class World {
  now = 1_795_000_000_000
  readonly random: () => number
  trouble = calm
  /** One way of the network, in milliseconds. */
  latency: [least: number, most: number] = [2, 20]
  /** Put in the way of the next calls by a test: runs in place of the object. */
  broken: ((batch: Batch) => Promise<Reply>) | undefined
  readonly admissions: Admission[] = []
  calls = 0
  readonly #events: Event[] = []
  readonly #storage = new Map<string, string>()
  #shard = this.#start()
  #order = 0
  #ids = 0
  #throwing = false
  /** How far the object's clock is behind; it is only ever put back, since one that runs ahead gives time away. */
  #behind = 0

  constructor(seed: number) {
    this.random = seeded(seed)
  }

  at(time: number, run: () => void): () => void {
    const event = { at: time, order: this.#order++, run }
    place(this.#events, event)
    return () => {
      const index = this.#events.indexOf(event)
      if (index >= 0) this.#events.splice(index, 1)
    }
  }

  /** Lets everything happen that is due until `time`. */
  async runUntil(time: number): Promise<void> {
    for (;;) {
      const next = this.#events.at(-1)
      if (next === undefined || next.at > time) break
      this.#events.pop()
      this.now = Math.max(this.now, next.at)
      next.run()
      await settled()
    }
    this.now = Math.max(this.now, time)
  }

  /** The object forgets its memory and reads its storage again. */
  restart(): void {
    this.#shard = this.#start()
  }

  /** What the object does when a call arrives. */
  arrive(batch: Batch): Reply {
    if (this.random() < this.trouble.restart) this.restart()
    this.#throwing = this.random() < this.trouble.throws
    if (this.random() < this.trouble.stepBack) this.#behind += Math.floor(this.random() * 8000)
    const reply = this.#shard.take(batch, this.now - this.#behind)
    for (const [at, { granted }] of reply.outcomes.entries()) {
      const quantity = granted * (batch.asks[at]?.charges[0]?.quantity ?? 0)
      if (quantity > 0) this.admissions.push({ at: this.now, quantity })
    }
    return reply
  }

  /** Hands `deliver` a copy of a message after the time it takes on its way. */
  send(deliver: () => void): void {
    const [least, most] = this.latency
    this.at(this.now + least + Math.floor(this.random() * (most - least + 1)), deliver)
  }

  #start(): Shard {
    return new Shard(
      {
        get: (id) => {
          const text = this.#storage.get(id)
          const row: Row | undefined = text === undefined ? undefined : JSON.parse(text)
          return row
        },
        store: (rows) => {
          if (this.#throwing) throw new Error('thrown inside take')
          for (const [id, row] of rows) this.#storage.set(id, JSON.stringify(row))
        },
      },
      () => `lease ${this.#ids++}`,
    )
  }
}

/** One isolate of the world, with the line it has to the object. */
export class Isolate {
  readonly line: Line
  readonly #world: World
  inFlight = 0
  mostInFlight = 0
  lost = false

  /** @param clock - how far its clock is from the world's */
  constructor(
    world: World,
    { clock = 0, budgetMs = 250 }: { clock?: number | (() => number); budgetMs?: number } = {},
  ) {
    this.#world = world
    this.line = new Line(
      {
        now: () => world.now + (typeof clock === 'number' ? clock : clock()),
        call: (batch) => this.#call(batch),
        keepAlive: () => {},
        after: (ms, then) => world.at(world.now + ms, then),
      },
      { budgetMs, cells: 1000 },
    )
  }

  /** One request; what is paid from a lease is written down where it happens. */
  async request(charge: Charge): Promise<Taken> {
    const taken = await this.line.take([charge])
    if (taken.admitted === true && taken.leased === true) {
      this.#world.admissions.push({ at: this.#world.now, quantity: charge.quantity })
    }
    return taken
  }

  async #call(batch: Batch): Promise<Reply> {
    const world = this.#world
    world.calls++
    this.inFlight++
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight)
    try {
      return await (world.broken?.(batch) ?? this.#transport(structuredClone(batch)))
    } finally {
      this.inFlight--
    }
  }

  #transport(batch: Batch): Promise<Reply> {
    const world = this.#world
    return new Promise((resolve, reject) => {
      if (world.random() < world.trouble.lostRequest) return
      world.send(() => {
        let reply: Reply | undefined
        try {
          reply = structuredClone(world.arrive(batch))
        } catch (error) {
          world.send(() => reject(error))
          return
        }
        const got = reply
        if (world.random() < world.trouble.lostReply) return
        world.send(() => {
          if (!this.lost) resolve(got)
        })
      })
    })
  }
}

/** Keeps the events in falling order of time, so that the next one is the last. */
function place(events: Event[], event: Event): void {
  let low = 0
  let high = events.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const other = events[middle]
    if (
      other !== undefined &&
      (other.at > event.at || (other.at === event.at && other.order > event.order))
    ) {
      low = middle + 1
    } else {
      high = middle
    }
  }
  events.splice(low, 0, event)
}

/** Lets every promise that can settle do so before time goes on. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
