import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { expect, test } from 'vitest'
import { formatAddress, type IpAddress } from '../../src/base/address.ts'
import { formatInterval, type Interval } from '../../src/base/interval.ts'
import { contains, isEmpty, toRanges } from '../../src/network/ranges.ts'
import { address, anyAddress, anyInterval, entry } from '../support/addresses.ts'

const rangesOf = (...texts: string[]) => toRanges(texts.map(entry))

test.each([
  { title: 'nothing', entries: [], flat: [] },
  { title: 'overlap', entries: ['10.0.0.0-10.0.0.9', '10.0.0.5-10.0.0.20'], flat: ['10.0.0.0-10.0.0.20'] },
  { title: 'neighbours', entries: ['10.0.0.4/30', '10.0.0.0/30'], flat: ['10.0.0.0/29'] },
  { title: 'one inside another', entries: ['10.0.0.0/8', '10.9.0.0/16'], flat: ['10.0.0.0/8'] },
  { title: 'twice the same', entries: ['10.0.0.1', '10.0.0.1'], flat: ['10.0.0.1'] },
  { title: 'a gap of one', entries: ['10.0.0.1', '10.0.0.3'], flat: ['10.0.0.1', '10.0.0.3'] },
  { title: 'IPv6 neighbours', entries: ['2001:db8::/33', '2001:db8:8000::/33'], flat: ['2001:db8::/32'] },
  {
    title: 'the last addresses',
    entries: ['255.255.255.255', 'ffff::/16'],
    flat: ['255.255.255.255', 'ffff::/16'],
  },
])('merges $title', ({ entries, flat }) => {
  const { v4, v6 } = rangesOf(...entries)
  const pairs: Interval[] = []
  for (let at = 0; at < v4.length; at += 2)
    pairs.push({ family: 4, from: v4[at] ?? -1, to: v4[at + 1] ?? -1 })
  for (let at = 0; at < v6.length; at += 2)
    pairs.push({ family: 6, from: v6[at] ?? '', to: v6[at + 1] ?? '' })
  expect(pairs.map(formatInterval)).toEqual(flat)
})

test.each([
  ['10.0.0.0', false],
  ['10.0.0.1', true],
  ['10.0.0.2', true],
  ['10.0.0.3', true],
  ['10.0.0.4', false],
  ['10.0.0.5', true],
  ['10.0.0.6', false],
  ['0.0.0.0', false],
  ['255.255.255.255', false],
  ['::10.0.0.2', false],
  ['::ffff:10.0.0.2', true],
])('10.0.0.1-10.0.0.3 and 10.0.0.5 hold %s: %s', (text, inside) => {
  expect(contains(rangesOf('10.0.0.1-10.0.0.3', '10.0.0.5'), address(text))).toBe(inside)
})

test('an IPv6 network never holds an IPv4 address, ::/0 included', () => {
  const everyIpv6 = rangesOf('::/0')
  expect(contains(everyIpv6, address('192.0.2.1'))).toBe(false)
  expect(contains(everyIpv6, address('::ffff:192.0.2.1'))).toBe(false)
  expect(contains(everyIpv6, address('2001:db8::1'))).toBe(true)
})

const someIntervals = fc.array(anyInterval, { maxLength: 12 })

/** Ends and their neighbours are where a search goes wrong. */
const probes = (intervals: readonly Interval[]): IpAddress[] =>
  intervals.flatMap((interval): IpAddress[] =>
    interval.family === 4
      ? [interval.from - 1, interval.from, interval.to, interval.to + 1].map((value) => ({
          family: 4,
          value,
        }))
      : [
          { family: 6, value: interval.from },
          { family: 6, value: interval.to },
        ],
  )

test('agrees with a look at every interval', () => {
  fc.assert(
    fc.property(someIntervals, anyAddress, (intervals, any) => {
      const ranges = toRanges(intervals)
      for (const probe of [any, ...probes(intervals)]) {
        const inside = intervals.some(
          ({ family, from, to }) => family === probe.family && from <= probe.value && probe.value <= to,
        )
        expect(contains(ranges, probe)).toBe(inside)
      }
    }),
    { numRuns: 1000 },
  )
})

test('agrees with ipaddr.js on networks', () => {
  const network = fc.tuple(anyAddress, fc.nat(32)).map(([base, length]) => ({ base, length }))
  fc.assert(
    fc.property(fc.array(network, { maxLength: 8 }), anyAddress, (networks, probe) => {
      const texts = networks.map(({ base, length }) => `${formatAddress(base)}/${length}`)
      const parsed = ipaddr.parse(formatAddress(probe))
      const inside = texts.some((text) => {
        const [base, length] = ipaddr.parseCIDR(text)
        return base.kind() === parsed.kind() && parsed.match(base, length)
      })
      expect(contains(rangesOf(...texts), probe)).toBe(inside)
    }),
    { numRuns: 1000 },
  )
})

test('the order of the entries never matters, and a set is empty only without any', () => {
  fc.assert(
    fc.property(someIntervals, (intervals) => {
      const ranges = toRanges(intervals)
      expect(toRanges(intervals.toReversed())).toEqual(ranges)
      expect(toRanges([...intervals, ...intervals])).toEqual(ranges)
      expect(isEmpty(ranges)).toBe(intervals.length === 0)
    }),
  )
})

test('100,000 entries of each family stay apart and are found', () => {
  const count = 100_000
  const hex = (value: number) => `20010db8${value.toString(16).padStart(24, '0')}`
  const intervals = Array.from({ length: count }, (_, at): Interval[] => [
    { family: 4, from: at * 4, to: at * 4 + 1 },
    { family: 6, from: hex(at * 4), to: hex(at * 4 + 1) },
  ]).flat()
  const ranges = toRanges(intervals.toReversed())
  expect([ranges.v4.length, ranges.v6.length]).toEqual([2 * count, 2 * count])
  for (let at = 0; at < count; at += 997) {
    expect([0, 1, 2, 3].map((offset) => contains(ranges, { family: 4, value: at * 4 + offset }))).toEqual([
      true,
      true,
      false,
      false,
    ])
    expect(
      [0, 1, 2, 3].map((offset) => contains(ranges, { family: 6, value: hex(at * 4 + offset) })),
    ).toEqual([true, true, false, false])
  }
})
