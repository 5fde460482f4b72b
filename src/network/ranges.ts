/** Sets of addresses: intervals in, sorted disjoint bounds out, one binary search a question. */
import type { IpAddress } from '../base/address.ts'
import type { Interval } from '../base/interval.ts'
import type { Ranges } from './config.ts'

type Bounds<T> = { readonly from: T; readonly to: T }

/**
 * Sorts and merges, at compile time. Overlapping and adjacent intervals become one, so that equal sets are
 * equal JSON whatever the order and the wording of the entries.
 */
export function toRanges(intervals: Iterable<Interval>): Ranges {
  const v4: Bounds<number>[] = []
  const v6: Bounds<string>[] = []
  for (const interval of intervals) {
    if (interval.family === 4) v4.push(interval)
    else v6.push(interval)
  }
  return { v4: merged(v4, (last) => last + 1), v6: merged(v6, successor) }
}

/** Needs bounds of one type, whose order `<` knows; gives them flat: from, to, from, to. */
function merged<T extends number | string>(intervals: Bounds<T>[], after: (last: T) => T): T[] {
  const sorted = intervals.toSorted((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))
  const flat: T[] = []
  let open: Bounds<T> | undefined
  for (const next of sorted) {
    if (open === undefined) {
      open = next
    } else if (next.from > open.to && next.from !== after(open.to)) {
      flat.push(open.from, open.to)
      open = next
    } else if (next.to > open.to) {
      open = { from: open.from, to: next.to }
    }
  }
  return open === undefined ? flat : [...flat, open.from, open.to]
}

/** One past the last address gives 33 digits, which equal no bound. */
const successor = (digits: string): string => (BigInt(`0x${digits}`) + 1n).toString(16).padStart(32, '0')

/** Whether the address is in the set. Logarithmic, without allocation: it runs for every request. */
export const contains = (ranges: Ranges, address: IpAddress): boolean =>
  address.family === 4 ? covers(ranges.v4, address.value) : covers(ranges.v6, address.value)

export const isEmpty = ({ v4, v6 }: Ranges): boolean => v4.length === 0 && v6.length === 0

/**
 * Counts the bounds below `value`. An odd count lies between a `from` and its `to`; an even one is inside only
 * on a `from` itself.
 */
function covers<T extends number | string>(bounds: readonly T[], value: T): boolean {
  let low = 0
  let high = bounds.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const bound = bounds[middle]
    if (bound !== undefined && bound < value) low = middle + 1
    else high = middle
  }
  return low % 2 === 1 || bounds[low] === value
}
