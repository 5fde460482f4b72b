/** Refusals that an isolate can give by itself, since nobody could be admitted. */
import type { Millis } from '../base/time.ts'
import type { Standing } from '../decision/standing.ts'
import type { Charge, Taken } from './limiter.ts'
import { atPresent, cellId, heldUntil, type Row, sameQuota } from './row.ts'
import { fitting, longest, type Refusing, standingOf, waitFor } from './verdict.ts'

/** A cell as it was last heard of, and when by the isolate's own clock. */
export type Heard = {
  readonly row: Row
  /** When the call was sent: the object decided no earlier. */
  readonly sentAt: Millis
  /** When the reply came: the object decided no later. */
  readonly gotAt: Millis
  /** Until then nobody asks again. */
  readonly holdUntil: Millis
}

export class Certainty {
  readonly #cells = new Map<string, Heard>()
  readonly #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  learn(charge: Charge, heard: Heard): void {
    const cell = cellId(charge)
    this.#cells.delete(cell)
    this.#cells.set(cell, heard)
    if (this.#cells.size > this.#capacity) this.#cells.delete(this.#cells.keys().next().value ?? '')
  }

  /**
   * The refusal of a request that certainly does not fit; undefined when only the object can tell.
   *
   * Others can only have added to a cell since, so if it is too full with everything drained that can have
   * drained, it is too full. The times that are printed take the least that has drained: no promise is made
   * too early.
   */
  refuse(charges: readonly Charge[], now: Millis): Taken | undefined {
    return longest(charges.flatMap((charge) => this.#refusing(charge, now) ?? []))
  }

  /** Requests of a cell's bucket that cannot have drained yet; undefined when it was never heard of. */
  spent(charge: Charge, now: Millis): number | undefined {
    const heard = this.#cells.get(cellId(charge))
    if (heard === undefined || !sameQuota(heard.row.quota, charge.quota)) return undefined
    const [bucket] = standingOf(charge.group, since(heard.row, now - heard.sentAt)).parts
    return bucket && bucket.limit - bucket.remaining
  }

  clear(): void {
    this.#cells.clear()
  }

  #refusing(charge: Charge, now: Millis): Refusing | undefined {
    const heard = charge.quantity > 0 ? this.#cells.get(cellId(charge)) : undefined
    if (heard === undefined || !sameQuota(heard.row.quota, charge.quota)) return undefined
    const { row, sentAt, gotAt, holdUntil } = heard
    const held = Math.max(0, holdUntil - Math.max(now, gotAt))
    const surely = fitting(since(row, now - sentAt), charge.quantity, 1) === 0
    // Leases may be given back unused; what was known with them counts only while they last.
    const unsure = row.leases.length > 0 && row.at + (now - sentAt) >= heldUntil(row)
    if ((!surely || unsure) && held === 0) return undefined
    const printed = since(row, now - gotAt)
    const standing = standingOf(charge.group, printed)
    const retryMs = waitFor(printed, charge.quantity)
    if (surely) return { standing, retryMs: retryMs === undefined ? undefined : Math.max(retryMs, held) }
    return { standing: nothingLeft(standing, held), retryMs: held }
  }
}

/** The row after at most so long. Requests do not see time alike, so the difference may be below 0. */
const since = (row: Row, elapsed: Millis): Row => atPresent(row, row.at + Math.max(0, elapsed))

/** What a caller may do now while nobody asks for it: nothing. */
const nothingLeft = (standing: Standing, held: Millis): Standing => ({
  ...standing,
  remaining: 0,
  parts: standing.parts.map((part) =>
    part.kind === 'bucket' ? { ...part, remaining: 0, nextMs: Math.max(part.nextMs, held) } : part,
  ),
})
