/**
 * One isolate's line to one limiter object: group commit. While a call is under way, requests wait and share
 * the next one, so there is never more than one call at a time and nobody waits for a timer.
 *
 * Every request waits for a promise of its own, with its own deadline. A call belongs to the request that
 * sends it; when it is done, the right to send goes to one of those that wait, so that nobody does I/O for a
 * request that is over. Both are kept alive when their caller hangs up (docs/rate-limits.md, "The isolate").
 */
import type { Awaitable } from '../base/result.ts'
import { elapsed, type Millis } from '../base/time.ts'
import { Front } from '../ratelimit/front.ts'
import type { Charge, Taken } from '../ratelimit/limiter.ts'
import type { Batch, Reply } from '../ratelimit/shard.ts'
import { Returns } from './limiter-returns.ts'
import { type Asked, type Attempted, grouped, Waiter } from './limiter-waiter.ts'

export type LinePorts = {
  readonly now: () => Millis
  /** Calls the object through a stub of its own: one that has thrown is broken for good. */
  readonly call: (batch: Batch) => Promise<Reply>
  /** Lets work go on when the request that does it is over or its caller gone. */
  readonly keepAlive: (work: Promise<unknown>) => void
  /** Runs `then` in the current request after a while. @returns what stops it */
  readonly after: (ms: Millis, then: () => void) => () => void
}

export type LineOptions = {
  /** How long a request may wait for its answer where its charges do not say; a call may take as long. */
  readonly budgetMs: Millis
  /** Most cells remembered. */
  readonly cells: number
}

/** After a failure nobody asks for so long; everybody falls back at once instead of waiting for another. */
const DOWN_MS: Millis = 1000

/** Most requests in one call: bounds how long the object computes at a stretch. */
const MOST_WAITERS = 1000

/** A call ends within the budget; one that is not over so much later belonged to a request that is gone. */
const VANISHED_MS: Millis = 100

/** A right to send that was handed on is taken up within a moment, or its owner is gone. */
const TAKE_UP_MS: Millis = 25

/** Who may send. After `lastsMs` it is certain that the owner has vanished without handing it on. */
type Turn = { readonly since: Millis; readonly lastsMs: Millis; readonly begun: boolean }

/** When a call was sent, and how long it may take. */
type Call = { readonly sentAt: Millis; readonly budgetMs: Millis }

export class Line {
  readonly #ports: LinePorts
  readonly #budgetMs: Millis
  readonly #front: Front
  readonly #returns: Returns
  #queue: Waiter[] = []
  #turn: Turn | undefined
  #failedAt: Millis = Number.NEGATIVE_INFINITY
  /** Why the last call failed; undefined while calls succeed. */
  #trouble: string | undefined

  constructor(ports: LinePorts, { budgetMs, cells }: LineOptions) {
    this.#ports = ports
    this.#budgetMs = budgetMs
    this.#front = new Front(cells)
    this.#returns = new Returns({
      ...ports,
      nextEnd: () => this.#front.nextEnd(),
      giveBack: () => {
        if (this.#turn === undefined && this.#front.hasUnused(this.#ports.now())) this.#send(undefined)
      },
    })
  }

  /** Asks for charges that name each cell once. Never rejects. */
  take(charges: readonly Charge[]): Awaitable<Taken> {
    const now = this.#ports.now()
    this.#front.arrived(charges, now)
    const known = this.#front.answer(charges, now)
    if (known !== undefined) return known
    const free = this.#turn === undefined || elapsed(this.#turn.since, now) > this.#turn.lastsMs
    // After a failure one request finds out whether the object is back; the others need not wait for it.
    if (this.#trouble !== undefined && (elapsed(this.#failedAt, now) < DOWN_MS || !free)) {
      return this.#front.unknown(charges, this.#trouble, now)
    }
    const answer = this.#attend(new Waiter(charges, budgetOf(charges, this.#budgetMs)), free)
    this.#ports.keepAlive(answer)
    return answer
  }

  /** Sees one request through: waits for the answer, sends when it is its turn, and gives up at its deadline. */
  async #attend(waiter: Waiter, free: boolean): Promise<Taken> {
    const stop = this.#ports.after(waiter.budgetMs, () => this.#giveUp(waiter))
    if (free) this.#send(waiter)
    else this.#queue.push(waiter)
    try {
      for (;;) {
        const word = await waiter.next()
        if (word !== 'send') return word
        // It took too long to take the turn up, and another one sends: wait for the next.
        if (this.#turn?.begun === true) this.#queue.push(waiter)
        else this.#send(waiter)
      }
    } finally {
      stop()
    }
  }

  /** Sends what waits. The turn is taken before anything is awaited. */
  #send(first: Waiter | undefined): void {
    const sentAt = this.#ports.now()
    const others = this.#queue.splice(0, MOST_WAITERS - 1)
    const waiters = first === undefined ? others : [first, ...others]
    // Whoever waits less gives up alone; the call goes on, and only one that is late for everybody is a failure.
    const budgetMs = Math.max(this.#budgetMs, ...waiters.map((waiter) => waiter.budgetMs))
    const turn = { since: sentAt, lastsMs: budgetMs + VANISHED_MS, begun: true }
    this.#turn = turn
    this.#ports.keepAlive(this.#run(turn, grouped(waiters), { sentAt, budgetMs }))
  }

  async #run(turn: Turn, asked: readonly Asked[], call: Call): Promise<void> {
    const { sentAt } = call
    const { reply, why } = await this.#attempt(this.#front.batch(asked, sentAt), call)
    if (reply === undefined) return this.#fail(turn, asked, why)
    this.#trouble = undefined
    const gotAt = this.#ports.now()
    for (const [at, ask] of asked.entries()) this.#deliver(ask, reply, at, sentAt, gotAt)
    if (this.#turn === turn) this.#handOn(gotAt)
    if (reply.outcomes.some(({ lease }) => lease !== undefined)) this.#returns.watch()
  }

  /** At most two calls within the budget, and only one to an object that is overloaded or slow. */
  async #attempt(batch: Batch, { sentAt, budgetMs }: Call): Promise<Attempted> {
    const first = await this.#within(batch, budgetMs)
    const left = sentAt + budgetMs - this.#ports.now()
    if (first.reply !== undefined || !first.again || left < budgetMs / 4) return first
    // The leases may have been settled by the first call; they must not be settled twice.
    return await this.#within({ asks: batch.asks }, left)
  }

  async #within(batch: Batch, ms: Millis): Promise<Attempted> {
    const { promise: late, resolve } = Promise.withResolvers<Attempted>()
    const stop = this.#ports.after(ms, () => resolve({ why: `no answer within ${ms} ms`, again: false }))
    try {
      return await Promise.race([this.#call(batch), late])
    } finally {
      stop()
    }
  }

  async #call(batch: Batch): Promise<Attempted> {
    try {
      return { reply: await this.#ports.call(batch), why: '', again: false }
    } catch (error) {
      return { why: error instanceof Error ? error.message : String(error), again: !isOverloaded(error) }
    }
  }

  #deliver(ask: Asked, reply: Reply, at: number, sentAt: Millis, gotAt: Millis): void {
    const outcome = reply.outcomes[at]
    const answers = outcome === undefined ? [] : this.#front.learn(ask, outcome, sentAt, gotAt)
    for (const [nth, waiter] of ask.waiters.entries()) {
      const answer = answers[nth]
      if (answer === undefined) this.#tellUnknown(waiter, 'an empty reply')
      else waiter.tell(answer)
    }
  }

  #fail(turn: Turn, asked: readonly Asked[], why: string): void {
    for (const { waiters } of asked) for (const waiter of waiters) this.#tellUnknown(waiter, why)
    if (this.#turn !== turn) return
    this.#turn = undefined
    this.#trouble = why
    this.#failedAt = this.#ports.now()
    for (const waiter of this.#queue.splice(0)) this.#tellUnknown(waiter, why)
  }

  /** Answers those whom the fresh state already answers, and lets the first of the others send. */
  #handOn(now: Millis): void {
    const waiting = this.#queue
    this.#queue = []
    for (const waiter of waiting) {
      const known = this.#front.answer(waiter.charges, now)
      if (known === undefined) this.#queue.push(waiter)
      else waiter.tell(known)
    }
    const next = this.#queue.shift()
    this.#turn = next && { since: now, lastsMs: TAKE_UP_MS, begun: false }
    next?.tell('send')
  }

  #giveUp(waiter: Waiter): void {
    this.#queue = this.#queue.filter((one) => one !== waiter)
    this.#tellUnknown(waiter, `no answer within ${waiter.budgetMs} ms`)
  }

  #tellUnknown(waiter: Waiter, why: string): void {
    waiter.tell(this.#front.unknown(waiter.charges, why, this.#ports.now()))
  }
}

/** The shortest of the charges' own, since each group has declared what happens after it. */
const budgetOf = (charges: readonly Charge[], otherwise: Millis): Millis =>
  Math.min(...charges.map(({ budgetMs }) => budgetMs ?? otherwise))

/** The runtime marks such errors; asking again would make it worse. */
const isOverloaded = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'overloaded' in error && error.overloaded === true
