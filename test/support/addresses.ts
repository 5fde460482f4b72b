/** Addresses and intervals for property tests. */
import fc from 'fast-check'
import { type IpAddress, parseAddress } from '../../src/base/address.ts'
import { type Entry, type Interval, parseEntry } from '../../src/base/interval.ts'

/** Fails the test when the text is no address; in tests that is a slip of the pen. */
export function address(text: string): IpAddress {
  const parsed = parseAddress(text)
  if (!parsed.ok) throw new Error(`${text}: ${parsed.error.kind}`)
  return parsed.value
}

export function entry(text: string): Entry {
  const parsed = parseEntry(text)
  if (!parsed.ok) throw new Error(`${text}: ${parsed.error.kind}`)
  return parsed.value
}

const hexDigits = (bits: bigint): string => bits.toString(16).padStart(32, '0')

const v4: fc.Arbitrary<number> = fc.nat(0xffffffff)

/** Small numbers too, so that intervals meet; the mapped block is left out: no address there is IPv6. */
const v6: fc.Arbitrary<string> = fc
  .oneof(fc.bigInt(0n, 2n ** 128n - 1n), fc.bigInt(0n, 0x200n))
  .filter((bits) => bits >> 32n !== 0xffffn)
  .map(hexDigits)

export const anyAddress: fc.Arbitrary<IpAddress> = fc.oneof(
  v4.map((value): IpAddress => ({ family: 4, value })),
  v6.map((value): IpAddress => ({ family: 6, value })),
)

const ends = <T extends number | string>(a: T, b: T): { from: T; to: T } =>
  a <= b ? { from: a, to: b } : { from: b, to: a }

export const anyInterval: fc.Arbitrary<Interval> = fc.oneof(
  fc.tuple(v4, v4).map(([a, b]): Interval => ({ family: 4, ...ends(a, b) })),
  fc.tuple(fc.nat(0x200), fc.nat(0x200)).map(([a, b]): Interval => ({ family: 4, ...ends(a, b) })),
  fc.tuple(v6, v6).map(([a, b]): Interval => ({ family: 6, ...ends(a, b) })),
)
