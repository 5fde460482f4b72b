/** What an isolate and the object that keeps a shard of the cells say to each other, and how the object decides. */
import type { Millis } from '../base/time.ts'
import { type Ask, type Granted, takeTogether } from './cells.ts'
import { BUSY, type Loan, loanFor, withLease, withSettled } from './lease.ts'
import { holdOf, type Pressure, pressed } from './pressure.ts'
import { atPresent, cellId, type Row, type Rows } from './row.ts'
import { fitting } from './verdict.ts'

/** A lease that an isolate gives back. */
export type Settlement = { readonly cell: string; readonly lease: string; readonly used: number }

/** Equal requests of one isolate, and how many a second it sees for their one cell if it would like a lease. */
export type LeasingAsk = Ask & { readonly demand?: number }

/** What an isolate had waiting when it sent its call. */
export type Batch = { readonly settle?: readonly Settlement[]; readonly asks: readonly LeasingAsk[] }

export type Outcome = Granted & {
  /** What was leased; already part of the rows. */
  readonly lease?: Loan & { readonly id: string }
  /** How long not to ask again for these cells once the lease is used up, since nothing is left in one of them. */
  readonly holdMs: Millis
}

/** One outcome for each ask, in their order. */
export type Reply = { readonly outcomes: readonly Outcome[] }

/** Where the rows of a shard are kept. `store` writes all of them or, when it throws, none. */
export type RowStore = Pick<Rows, 'get'> & { readonly store: (rows: ReadonlyMap<string, Row>) => void }

/** Cells whose pressure is remembered. Forgetting one only costs calls. */
const PRESSED_CELLS = 2000

/** The cells of one shard. All that counts is in the store; what is kept beside it only saves calls. */
export class Shard {
  readonly #store: RowStore
  readonly #newId: () => string
  readonly #pressure = new Map<string, Pressure>()

  constructor(store: RowStore, newId: () => string) {
    this.#store = store
    this.#newId = newId
  }

  /**
   * Decides a batch in one go and stores it all at once: there is no moment at which another could be
   * decided in between, and after an exception it is as if the batch had not come.
   *
   * @param clock - the time of whoever keeps the cells; isolates' clocks never count
   */
  take({ settle = [], asks }: Batch, clock: Millis): Reply {
    const table = pending(this.#store)
    for (const settlement of settle) giveBack(table, settlement, clock)
    const outcomes = asks.map((ask) => this.#decide(table, ask, clock))
    this.#store.store(table.written)
    return { outcomes }
  }

  #decide(table: Rows, ask: LeasingAsk, clock: Millis): Outcome {
    const granted = takeTogether(table, ask, clock)
    const decided =
      granted.granted < ask.count ? granted : { ...granted, ...this.#lease(table, ask, granted) }
    return { ...decided, holdMs: this.#hold(ask, decided) }
  }

  #lease(table: Rows, { charges, demand }: LeasingAsk, { rows }: Granted): Partial<Outcome> {
    const [charge, other] = charges
    const [row] = rows
    if (demand === undefined || charge === undefined || other !== undefined || row === undefined) return {}
    const loan = loanFor(row, charge, demand)
    if (loan === undefined) return {}
    const id = this.#newId()
    const leased = withLease(row, id, loan)
    table.put(cellId(charge), leased)
    return { rows: [leased], lease: { id, ...loan } }
  }

  /** The hold for who was refused or would have leased more, had the cell not been empty. */
  #hold({ charges, count, demand }: LeasingAsk, { granted, rows }: Granted): Millis {
    if (granted === count && (demand === undefined || demand < BUSY)) return 0
    let longest = 0
    for (const [at, charge] of charges.entries()) {
      const row = rows[at]
      if (row === undefined || fitting(row, 1, 1) > 0) continue
      const id = cellId(charge)
      const pressure = pressed(this.#pressure.get(id), row)
      this.#pressure.delete(id)
      this.#pressure.set(id, pressure)
      if (this.#pressure.size > PRESSED_CELLS) this.#pressure.delete(this.#pressure.keys().next().value ?? '')
      longest = Math.max(longest, holdOf(pressure, granted > 0))
    }
    return longest
  }
}

/** A view of a store that holds writes back until the whole batch is decided. */
function pending(store: RowStore): Rows & { readonly written: ReadonlyMap<string, Row> } {
  const written = new Map<string, Row>()
  return {
    written,
    get: (id) => written.get(id) ?? store.get(id),
    put: (id, row) => void written.set(id, row),
  }
}

function giveBack(table: Rows, { cell, lease, used }: Settlement, clock: Millis): void {
  const stored = table.get(cell)
  const settled = stored && withSettled(atPresent(stored, clock), lease, used)
  if (settled !== undefined) table.put(cell, settled)
}
