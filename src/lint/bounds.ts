/** Intervals of both families as text that compares like the numbers, for rules that hold one entry against another. */
import type { Interval } from '../base/interval.ts'

export type Bounds = { readonly family: 4 | 6; readonly from: string; readonly to: string }

/** Hexadecimal digits, 8 or 32 of them. */
export const boundsOf = (interval: Interval): Bounds =>
  interval.family === 4
    ? { family: 4, from: hex(interval.from), to: hex(interval.to) }
    : { family: 6, from: interval.from, to: interval.to }

const hex = (value: number): string => value.toString(16).padStart(8, '0')

export const covers = (outer: Bounds, inner: Bounds): boolean =>
  outer.family === inner.family && outer.from <= inner.from && inner.to <= outer.to

export const overlaps = (a: Bounds, b: Bounds): boolean =>
  a.family === b.family && a.from <= b.to && b.from <= a.to

export const isEqual = (a: Bounds, b: Bounds): boolean => covers(a, b) && covers(b, a)

/** How many addresses there are. */
export const sizeOf = ({ from, to }: Bounds): bigint => BigInt(`0x${to}`) - BigInt(`0x${from}`) + 1n

/** Sorted, those that touch or overlap joined, so that an entry inside several of them lies inside one. */
export function union(all: readonly Bounds[]): readonly Bounds[] {
  const joined: Bounds[] = []
  for (const next of all.toSorted((a, b) => a.family - b.family || (a.from < b.from ? -1 : 1))) {
    const last = joined.at(-1)
    const touches = last?.family === next.family && BigInt(`0x${next.from}`) <= BigInt(`0x${last.to}`) + 1n
    if (last === undefined || !touches) joined.push(next)
    else if (next.to > last.to) joined.splice(-1, 1, { ...last, to: next.to })
  }
  return joined
}
