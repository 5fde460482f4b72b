import type { Parts } from './parts.ts'

/** One thing done without care, as it was found in a gateway somewhere. */
export type Hole = {
  readonly name: string
  /** Rows of docs/threats.md whose attacks must find it: each of them alone. */
  readonly rows: readonly string[]
  /** Made anew for each gateway, since some parts remember. */
  readonly parts: () => Partial<Parts>
  /** The row that it is told under, where that is another: what an answer lacks can be seen by any attack. */
  readonly as?: string
}

export const hole = (
  name: string,
  rows: readonly string[],
  parts: () => Partial<Parts>,
  as?: string,
): Hole => ({ name, rows, parts, ...(as !== undefined && { as }) })
