/** Entries of an address list: one address, a range `a-b` or a network in CIDR notation, all as closed intervals. */
import { type AddressProblem, formatAddress, type IpAddress, parseAddress } from './address.ts'
import { fail, ok, type Result } from './result.ts'

/** Both ends belong to it; `from` is never above `to`. In the representation of `IpAddress`. */
export type Interval =
  | { readonly family: 4; readonly from: number; readonly to: number }
  | { readonly family: 6; readonly from: string; readonly to: string }

/** An interval with what its text looked like, for a later lint. */
export type Entry = Interval & {
  /** A network whose address was not its first one, as in IBM's example 192.0.2.55/24. */
  readonly hostBits: boolean
  /** Written as mapped IPv6 and reduced to IPv4. */
  readonly mapped: boolean
}

/** Why a text is no entry. An AddressProblem of a range may be about either end. */
export type EntryProblem =
  | AddressProblem
  /** `10.0.0.0/`: cut short, and everything to some programs. */
  | { readonly kind: 'prefix_missing' }
  /** Not plain decimal digits: a netmask, a sign, a leading zero, a second slash. */
  | { readonly kind: 'prefix_malformed'; readonly prefix: string }
  | { readonly kind: 'prefix_too_long'; readonly prefix: number; readonly longest: 32 | 128 }
  /** A mapped network shorter than /96 holds IPv4 and IPv6 addresses. */
  | { readonly kind: 'mapped_prefix_too_short'; readonly prefix: number }
  | { readonly kind: 'range_end_missing' }
  | { readonly kind: 'range_mixed_families' }
  | { readonly kind: 'range_reversed' }

const PREFIX = /^(?:0|[1-9][0-9]{0,3})$/

/**
 * Reads one entry. The three forms are those of IBM Verify's IP filters (seed: application API access), in both
 * families. Host bits are accepted, since the vendor's own example has them; the interval is the whole network.
 */
export function parseEntry(text: string): Result<Entry, EntryProblem> {
  const slash = text.indexOf('/')
  if (slash >= 0) return parseNetwork(text.slice(0, slash), text.slice(slash + 1))
  const dash = text.indexOf('-')
  if (dash >= 0) return parseRange(text.slice(0, dash), text.slice(dash + 1))
  const address = parseAddress(text)
  if (!address.ok) return address
  return entry(network(address.value, longestOf(address.value)), false, isMapped(text, address.value))
}

function parseNetwork(addressText: string, prefixText: string): Result<Entry, EntryProblem> {
  const address = parseAddress(addressText)
  if (!address.ok) return address
  if (prefixText === '') return fail({ kind: 'prefix_missing' })
  if (prefixText.trim() !== prefixText) return fail({ kind: 'blank' })
  if (!PREFIX.test(prefixText)) return fail({ kind: 'prefix_malformed', prefix: prefixText })
  const mapped = isMapped(addressText, address.value)
  const longest = mapped ? 128 : longestOf(address.value)
  const prefix = Number(prefixText)
  if (prefix > longest) return fail({ kind: 'prefix_too_long', prefix, longest })
  if (mapped && prefix < 96) return fail({ kind: 'mapped_prefix_too_short', prefix })
  const interval = network(address.value, mapped ? prefix - 96 : prefix)
  return entry(interval, interval.from !== address.value.value, mapped)
}

function parseRange(fromText: string, toText: string): Result<Entry, EntryProblem> {
  const from = parseAddress(fromText)
  if (!from.ok) return from
  if (toText === '') return fail({ kind: 'range_end_missing' })
  const to = parseAddress(toText)
  if (!to.ok) return to
  const interval = between(from.value, to.value)
  if (interval === undefined) return fail({ kind: 'range_mixed_families' })
  if (interval.from > interval.to) return fail({ kind: 'range_reversed' })
  return entry(interval, false, isMapped(fromText, from.value) || isMapped(toText, to.value))
}

const entry = (interval: Interval, hostBits: boolean, mapped: boolean): Result<Entry, never> =>
  ok({ ...interval, hostBits, mapped })

const longestOf = ({ family }: IpAddress): 32 | 128 => (family === 4 ? 32 : 128)

/** The parser gives IPv4 for an IPv6 text only where the address is mapped. */
const isMapped = (text: string, { family }: IpAddress): boolean => family === 4 && text.includes(':')

function between(from: IpAddress, to: IpAddress): Interval | undefined {
  if (from.family === 4 && to.family === 4) return { family: 4, from: from.value, to: to.value }
  if (from.family === 6 && to.family === 6) return { family: 6, from: from.value, to: to.value }
  return undefined
}

/** All addresses that share the first `prefix` bits with `address`. */
function network({ family, value }: IpAddress, prefix: number): Interval {
  if (family === 6) return { family, from: filled(value, prefix, '0'), to: filled(value, prefix, 'f') }
  const size = 2 ** (32 - prefix)
  const from = value - (value % size)
  return { family, from, to: from + size - 1 }
}

/** Sets every bit after the first `prefix` ones to that of `digit`. A digit is four bits. */
function filled(digits: string, prefix: number, digit: '0' | 'f'): string {
  const whole = Math.floor(prefix / 4)
  const kept = digits.slice(0, whole)
  if (prefix % 4 === 0) return kept.padEnd(32, digit)
  const hostMask = 0xf >> (prefix % 4)
  const cut = Number.parseInt(digits.charAt(whole), 16)
  const split = digit === '0' ? cut & ~hostMask : cut | hostMask
  return (kept + split.toString(16)).padEnd(32, digit)
}

/** The shortest text that `parseEntry` reads back: one address, a network where it is one, else `a-b`. */
export function formatInterval(interval: Interval): string {
  const from = formatAddress(firstOf(interval))
  if (interval.from === interval.to) return from
  const prefix = prefixLength(interval)
  return prefix === undefined ? `${from}-${formatAddress(lastOf(interval))}` : `${from}/${prefix}`
}

const firstOf = (interval: Interval): IpAddress =>
  interval.family === 4 ? { family: 4, value: interval.from } : { family: 6, value: interval.from }

const lastOf = (interval: Interval): IpAddress =>
  interval.family === 4 ? { family: 4, value: interval.to } : { family: 6, value: interval.to }

function prefixLength(interval: Interval): number | undefined {
  const first = firstOf(interval)
  for (let prefix = 0; prefix < longestOf(first); prefix++) {
    const candidate = network(first, prefix)
    if (candidate.from === interval.from && candidate.to === interval.to) return prefix
  }
  return undefined
}
