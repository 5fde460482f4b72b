/**
 * Several charges together: every one is admitted and charged, or none is. One synchronous function, used by
 * the Durable Object and by the memory twin, so that nothing can come between reading and writing.
 */
import type { Millis } from '../base/time.ts'
import type { Charge, Taken } from './limiter.ts'
import { cellId, chargedWith, current, type Row, type Rows } from './row.ts'
import { admission, fitting, refusal } from './verdict.ts'

/** `count` requests that ask for the same charges. */
export type Ask = { readonly charges: readonly Charge[]; readonly count: number }

export type Granted = {
  /** How many of them were admitted; all are the same, so the others could not be. */
  readonly granted: number
  /** The cells after that, in the order of the charges; each row's `at` is the time of the decision. */
  readonly rows: readonly Row[]
}

/**
 * Charges as many of the requests as fit.
 *
 * @param ask - its charges name each cell once (`oneChargePerCell`)
 * @returns what was granted. A cell is written when it was charged, or when its stored form can no longer
 *   be read the same way (its quota changed, the clock stepped back); a refusal alone writes nothing.
 */
export function takeTogether(table: Rows, { charges, count }: Ask, clock: Millis): Granted {
  const found = charges.map((charge) => current(table.get(cellId(charge)), charge, clock))
  const granted = found.reduce((least, { row }, at) => fitting(row, quantityOf(charges, at), least), count)
  const rows = found.map(({ row }, at) =>
    granted > 0 ? chargedWith(row, granted * quantityOf(charges, at)) : row,
  )
  for (const [at, charge] of charges.entries()) {
    const row = rows[at]
    const changed = (granted > 0 && charge.quantity > 0) || found[at]?.moved === true
    if (row !== undefined && changed) table.put(cellId(charge), row)
  }
  return { granted, rows }
}

/** The answer to one request, from the cells after it was decided. */
export const answerOf = (charges: readonly Charge[], { granted, rows }: Granted): Taken =>
  granted > 0 ? admission(charges, rows) : refusal(charges, rows)

/**
 * The charges of one request with those on the same cell added up.
 *
 * @returns undefined when they name different homes or none are given: they could not be taken together
 */
export function oneChargePerCell(charges: readonly Charge[]): readonly Charge[] | undefined {
  const [first] = charges
  if (first === undefined) return undefined
  if (charges.length === 1) return charges
  if (charges.some((charge) => homeOf(charge) !== homeOf(first))) return undefined
  const byCell = new Map<string, Charge>()
  for (const charge of charges) {
    const same = byCell.get(cellId(charge))
    byCell.set(cellId(charge), same ? { ...same, quantity: same.quantity + charge.quantity } : charge)
  }
  return [...byCell.values()]
}

/** What the place of a charge's cell is chosen by. */
export const homeOf = ({ home, key }: Charge): string => home ?? key

const quantityOf = (charges: readonly Charge[], at: number): number => charges[at]?.quantity ?? 0
