import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { expect, test } from 'vitest'
import { formatAddress } from '../../src/base/address.ts'
import { formatInterval, parseEntry } from '../../src/base/interval.ts'
import { fail, ok } from '../../src/base/result.ts'
import { address, anyAddress, anyInterval, entry } from '../support/addresses.ts'
import vectors from '../vectors/cidr.json' with { type: 'json' }

test.each(vectors.read)('reads $text as $from to $to', ({ text, from, to, prints, hostBits, mapped }) => {
  const first = address(from)
  expect(parseEntry(text)).toEqual(
    ok({
      family: first.family,
      from: first.value,
      to: address(to).value,
      hostBits: hostBits ?? false,
      mapped: mapped ?? false,
    }),
  )
  expect(formatInterval(entry(text))).toBe(prints)
})

test.each(vectors.refused)('refuses $text: $problem.kind', ({ text, problem }) => {
  expect(parseEntry(text)).toEqual(fail(problem))
})

test('what is printed is read back', () => {
  fc.assert(
    fc.property(anyInterval, (interval) => {
      expect(parseEntry(formatInterval(interval))).toEqual(
        ok({ ...interval, hostBits: false, mapped: false }),
      )
    }),
    { numRuns: 2000 },
  )
})

test('a network holds what ipaddr.js matches', () => {
  fc.assert(
    fc.property(anyAddress, anyAddress, fc.nat(128), fc.nat(128), (base, other, length, shared) => {
      const prefix = base.family === 4 ? Math.min(length, 32) : length
      const probe = other.family === base.family ? sharing(base, other, shared) : other
      const network = entry(`${formatAddress(base)}/${prefix}`)
      const inside =
        network.family === probe.family && network.from <= probe.value && probe.value <= network.to
      expect(inside).toBe(matches(formatAddress(probe), formatAddress(base), prefix))
    }),
    { numRuns: 2000 },
  )
})

test('A7: a mapped network is the IPv4 network, and says that it was written so', () => {
  fc.assert(
    fc.property(fc.nat(0xffffffff), fc.nat(32), (value, length) => {
      const quad = formatAddress({ family: 4, value })
      const plain = entry(`${quad}/${length}`)
      expect(entry(`::ffff:${quad}/${96 + length}`)).toEqual({ ...plain, mapped: true })
    }),
  )
})

type Address = ReturnType<typeof address>

/** An address with the first bits of one and the rest of another, so that probes fall near the edge. */
function sharing(first: Address, rest: Address, bits: number): Address {
  const width = first.family === 4 ? 32n : 128n
  const host = width - BigInt(Math.min(bits, Number(width)))
  const number = ({ value }: Address) => (typeof value === 'number' ? BigInt(value) : BigInt(`0x${value}`))
  const mixed = ((number(first) >> host) << host) | (number(rest) & ((1n << host) - 1n))
  return first.family === 4
    ? { family: 4, value: Number(mixed) }
    : { family: 6, value: mixed.toString(16).padStart(32, '0') }
}

function matches(probe: string, base: string, prefix: number): boolean {
  const [one, other] = [ipaddr.parse(probe), ipaddr.parse(base)]
  return one.kind() === other.kind() && one.match(other, prefix)
}
