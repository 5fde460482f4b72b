/** A request that waits for the limiter, and those that ask the same put together. */
import type { Millis } from '../base/time.ts'
import type { Ask } from '../ratelimit/cells.ts'
import type { Charge, Taken } from '../ratelimit/limiter.ts'
import { cellId } from '../ratelimit/row.ts'
import type { Reply } from '../ratelimit/shard.ts'

/** What a waiter is told: its answer, or that it is the one to send. */
export type Word = Taken | 'send'

export class Waiter {
  readonly charges: readonly Charge[]
  readonly budgetMs: Millis
  #word = Promise.withResolvers<Word>()

  /** @param budgetMs - how long it waits for its answer */
  constructor(charges: readonly Charge[], budgetMs: Millis) {
    this.charges = charges
    this.budgetMs = budgetMs
  }

  /** The first word told since the last one was read. Called in the waiter's own request. */
  async next(): Promise<Word> {
    const word = await this.#word.promise
    this.#word = Promise.withResolvers()
    return word
  }

  tell(word: Word): void {
    this.#word.resolve(word)
  }
}

/** Equal requests, and who waits for them. */
export type Asked = Ask & { readonly waiters: readonly Waiter[] }

/** What came of a call: a reply, or why there is none and whether it may be tried again. */
export type Attempted = { readonly reply?: Reply; readonly why: string; readonly again: boolean }

/** The requests with equal ones put together, in the order in which the first of each came. */
export function grouped(waiters: readonly Waiter[]): readonly Asked[] {
  const groups = new Map<string, Waiter[]>()
  for (const waiter of waiters) {
    const signature = waiter.charges.map(signatureOf).join('\n\n')
    const same = groups.get(signature)
    if (same === undefined) groups.set(signature, [waiter])
    else same.push(waiter)
  }
  return [...groups.values()].map((same) => ({
    charges: same[0]?.charges ?? [],
    count: same.length,
    waiters: same,
  }))
}

function signatureOf(charge: Charge): string {
  const { quota, quantity, version, leased } = charge
  const { period, rate, burst, average } = quota
  return [
    cellId(charge),
    ...[quantity, version, leased, period, rate, burst, average?.over, average?.rate].map(String),
  ].join('\n')
}
