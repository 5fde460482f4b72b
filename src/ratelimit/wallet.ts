/** The leases that an isolate holds. Times are its own clock's; see `lease.ts` for why this is exact. */
import type { Millis } from '../base/time.ts'
import type { Ask } from './cells.ts'
import { Demand } from './demand.ts'
import { BUSY } from './lease.ts'
import type { Charge, Taken } from './limiter.ts'
import { cellId, type Row, sameQuota } from './row.ts'
import type { Outcome, Settlement } from './shard.ts'
import { admission } from './verdict.ts'

type Held = {
  readonly id: string
  readonly tokens: number
  /** Counted from the moment the call was sent, which is before the lease began. */
  readonly endsAt: Millis
  left: number
  /** The cell when it was last heard of, this lease included. */
  row: Row
}

/** Requests a second from which on a lease of a calm cell is worth it: three in five seconds. */
const STEADY = 0.6

export class Wallet {
  readonly #held = new Map<string, Held>()
  readonly #demand: Demand

  constructor(capacity: number) {
    this.#demand = new Demand(capacity)
  }

  /** Counts a request that arrived. Only requests of one charge that may be leased are ever leased for. */
  arrived(charges: readonly Charge[], now: Millis): void {
    const charge = leasable(charges)
    if (charge !== undefined) this.#demand.count(cellId(charge), charge.quantity, now)
  }

  /**
   * Pays a request from a lease.
   *
   * @returns the admission, or undefined when there is no lease with enough left. What it says of the cell
   *   is what was known when the lease began, less what was used since; it is never raised.
   */
  pay(charges: readonly Charge[], now: Millis): Taken | undefined {
    const charge = leasable(charges)
    if (charge === undefined) return undefined
    const held = this.#held.get(cellId(charge))
    if (held === undefined || now >= held.endsAt || held.left < charge.quantity) return undefined
    // A lease belongs to the quota it was given under and ends with it.
    if (!sameQuota(held.row.quota, charge.quota)) return undefined
    held.left -= charge.quantity
    const taken = admission(charges, [held.row], held.left)
    return taken.admitted === true ? { ...taken, leased: true } : undefined
  }

  /** The demand to lease for with each ask, in requests a second; one lease for each busy cell without one. */
  demands(asks: readonly Ask[]): readonly (number | undefined)[] {
    const leasing = new Set(this.#held.keys())
    return asks.map(({ charges }) => {
      const charge = leasable(charges)
      if (charge === undefined || leasing.has(cellId(charge))) return undefined
      const demand = this.#demandFor(cellId(charge))
      if (demand !== undefined) leasing.add(cellId(charge))
      return demand
    })
  }

  #demandFor(cell: string): number | undefined {
    const now = this.#demand.perSecond(cell)
    if (now >= BUSY) return now
    const steady = this.#demand.steady(cell)
    // Never more than `BUSY`: who was busy a while ago and is not now leases as one who is not.
    return steady < STEADY ? undefined : Math.min(steady, BUSY - 1)
  }

  /** Takes in what a reply says of a cell. */
  learn(charge: Charge, row: Row, lease: Outcome['lease'], sentAt: Millis): void {
    const cell = cellId(charge)
    const held = this.#held.get(cell)
    if (held !== undefined && sameQuota(held.row.quota, row.quota)) held.row = row
    if (lease === undefined) return
    this.#held.set(cell, { ...lease, left: lease.tokens, endsAt: sentAt + lease.lifeMs, row })
  }

  /** The unused requests of the lease on a charge's cell. */
  left(charge: Charge): number {
    return this.#held.get(cellId(charge))?.left ?? 0
  }

  /**
   * Takes out the leases that are used up, have ended, or hold too little for what is asked now, to be given
   * back. A lost call lets them expire.
   */
  settle(asks: readonly Ask[], now: Millis): readonly Settlement[] {
    const needed = new Map<string, number>()
    for (const { charges } of asks) {
      const charge = leasable(charges)
      if (charge !== undefined) needed.set(cellId(charge), charge.quantity)
    }
    const settled: Settlement[] = []
    for (const [cell, { id, tokens, left, endsAt }] of this.#held) {
      if (left >= (needed.get(cell) ?? 1) && now < endsAt) continue
      settled.push({ cell, lease: id, used: tokens - left })
      this.#held.delete(cell)
    }
    return settled
  }

  /** When the next lease ends of which something is left: giving that back frees it. */
  nextEnd(): Millis | undefined {
    let next: Millis | undefined
    for (const { left, endsAt } of this.#held.values()) {
      if (left > 0 && (next === undefined || endsAt < next)) next = endsAt
    }
    return next
  }

  /** Forgets all leases; the object charges them when they end. */
  clear(): void {
    this.#held.clear()
  }
}

/** The charge of a request that can be paid from a lease. */
function leasable(charges: readonly Charge[]): Charge | undefined {
  const [charge] = charges
  return charges.length === 1 && charge?.leased === true && charge.quantity > 0 ? charge : undefined
}
