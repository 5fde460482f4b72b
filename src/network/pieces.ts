/** The addresses cut where any of some sets begins or ends: all addresses of a piece are in the same of them. */
import type { IpAddress } from '../base/address.ts'
import { formatInterval, type Interval } from '../base/interval.ts'
import type { AddressLists, Ranges } from './config.ts'
import { contains, toRanges } from './ranges.ts'

const LAST4 = 0xffffffff
const FIRST6 = '0'.repeat(32)
const LAST6 = 'f'.repeat(32)

/** Every address is in exactly one of the pieces; IPv4 first, each family in order. */
export function piecesOf(sets: readonly Ranges[]): readonly Interval[] {
  const starts4 = new Set([0])
  const starts6 = new Set([FIRST6])
  for (const { v4, v6 } of sets) {
    for (const [at, value] of v4.entries()) starts4.add(at % 2 === 0 ? value : value + 1)
    for (const [at, digits] of v6.entries()) starts6.add(at % 2 === 0 ? digits : moved(digits, 1n))
  }
  const sorted4 = [...starts4].filter((start) => start <= LAST4).toSorted((a, b) => a - b)
  const sorted6 = [...starts6].filter((start) => start.length === 32).toSorted()
  return [
    ...sorted4.map((from, at): Interval => ({ family: 4, from, to: (sorted4[at + 1] ?? LAST4 + 1) - 1 })),
    ...sorted6.map((from, at): Interval => {
      const next = sorted6[at + 1]
      return { family: 6, from, to: next === undefined ? LAST6 : moved(next, -1n) }
    }),
  ]
}

/** The address so many places on; 33 digits after the last one. */
const moved = (digits: string, by: bigint): string =>
  (BigInt(`0x${digits}`) + by).toString(16).padStart(32, '0')

/** The two sets of a list, for the cutting. */
export const setsOf = ({ allow, deny }: AddressLists): readonly Ranges[] =>
  allow === 'any' ? [deny] : [allow, deny]

export const firstAddress = (interval: Interval): IpAddress =>
  interval.family === 4 ? { family: 4, value: interval.from } : { family: 6, value: interval.from }

/** The first address that is in both; undefined where they do not meet. */
export function firstCommon(one: Interval, other: Interval): IpAddress | undefined {
  if (one.family === 4 && other.family === 4) {
    const from = Math.max(one.from, other.from)
    return from <= Math.min(one.to, other.to) ? { family: 4, value: from } : undefined
  }
  if (one.family === 6 && other.family === 6) {
    const [, from = ''] = [one.from, other.from].toSorted()
    return from <= one.to && from <= other.to ? { family: 6, value: from } : undefined
  }
  return undefined
}

/** A sorted, disjoint set as intervals. */
export function intervalsOf({ v4, v6 }: Ranges): readonly Interval[] {
  return [
    ...pairsOf(v4).map(([from, to]): Interval => ({ family: 4, from, to })),
    ...pairsOf(v6).map(([from, to]): Interval => ({ family: 6, from, to })),
  ]
}

function pairsOf<T>(flat: readonly T[]): [T, T][] {
  const found: [T, T][] = []
  for (const [at, from] of flat.entries()) {
    const to = flat[at + 1]
    if (at % 2 === 0 && to !== undefined) found.push([from, to])
  }
  return found
}

/** What is in none of the set. */
export function complementOf(set: Ranges): Ranges {
  return toRanges(piecesOf([set]).filter((piece) => !contains(set, firstAddress(piece))))
}

/** The set in words: `anywhere`, `anywhere except 10.0.0.0/8`, or its entries. */
export function rangesText(set: Ranges): string {
  const inside = intervalsOf(set)
  const outside = intervalsOf(complementOf(set))
  if (outside.length === 0) return 'anywhere'
  if (inside.length === 0) return 'nowhere'
  return outside.length < inside.length
    ? `anywhere except ${outside.map(formatInterval).join(', ')}`
    : inside.map(formatInterval).join(', ')
}
