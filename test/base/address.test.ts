import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { expect, test } from 'vitest'
import { formatAddress, parseAddress, prefixOf } from '../../src/base/address.ts'
import { fail, ok } from '../../src/base/result.ts'
import { address, anyAddress } from '../support/addresses.ts'
import vectors from '../vectors/addresses.json' with { type: 'json' }

test.each(vectors.read)('reads $text as $prints', ({ text, prints }) => {
  expect(formatAddress(address(text))).toBe(prints)
})

test.each(vectors.refused)('refuses $text: $problem.kind', ({ text, problem }) => {
  expect(parseAddress(text)).toEqual(fail(problem))
})

test('what is printed is read back', () => {
  fc.assert(
    fc.property(anyAddress, (any) => {
      expect(parseAddress(formatAddress(any))).toEqual(ok(any))
    }),
    { numRuns: 2000 },
  )
})

test('every text form of RFC 4291 gives the same address', () => {
  const groups = fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
  const style = fc.record({ padded: fc.boolean(), upper: fc.boolean(), quad: fc.boolean(), gapAt: fc.nat(7) })
  fc.assert(
    fc.property(groups, style, (numbers, how) => {
      const plain = address(numbers.map((group) => group.toString(16)).join(':'))
      expect(parseAddress(spelled(numbers, how))).toEqual(ok(plain))
    }),
    { numRuns: 2000 },
  )
})

/** By the letter: what stands between the dots is the number's own way to write it. */
function quadOf(text: string): number | undefined {
  const parts = text.split('.')
  const numbers = parts.map((part) => Number.parseInt(part, 10))
  const isOctet = (number: number, at: number) => number >= 0 && number <= 255 && String(number) === parts[at]
  if (parts.length !== 4 || !numbers.every(isOctet)) return undefined
  return numbers.reduce((value, number) => value * 256 + number)
}

test('A9: of texts like a dotted quad, those are read that are one to the letter', () => {
  const character = fc.constantFrom(...'0123456789.-+ xe')
  const part = fc.oneof(
    { weight: 4, arbitrary: fc.nat(300).map(String) },
    fc.constantFrom('', '0', '00', '01', '1e2', '1e-7', '0x1', '-0', '+1', ' 1', '1 ', '256', '4294967296'),
    fc.string({ unit: character, maxLength: 4 }),
  )
  const partsOf = fc.oneof(fc.array(part, { minLength: 4, maxLength: 4 }), fc.array(part, { maxLength: 6 }))
  let read = 0
  fc.assert(
    fc.property(partsOf, (parts) => {
      const text = parts.join('.')
      const value = quadOf(text)
      const parsed = parseAddress(text)
      expect(parsed.ok ? parsed.value : undefined).toEqual(
        value === undefined ? undefined : { family: 4, value },
      )
      if (parsed.ok) read++
    }),
    { numRuns: 10_000 },
  )
  expect(read).toBeGreaterThan(500)
})

type Style = { padded: boolean; upper: boolean; quad: boolean; gapAt: number }

/** One of the many ways to write eight groups; the gap stands for the zeros at `gapAt`, if there are any. */
function spelled(numbers: readonly number[], { padded, upper, quad, gapAt }: Style): string {
  const texts = numbers.map((group) => group.toString(16).padStart(padded ? 4 : 1, '0'))
  const [high = 0, low = 0] = numbers.slice(6)
  if (quad) texts.splice(6, 2, [high >> 8, high & 255, low >> 8, low & 255].join('.'))
  let end = gapAt
  while (end < (quad ? 6 : 8) && numbers[end] === 0) end++
  const text =
    end > gapAt ? `${texts.slice(0, gapAt).join(':')}::${texts.slice(end).join(':')}` : texts.join(':')
  return upper ? text.toUpperCase() : text
}

test('ipaddr.js reads what is accepted in the same way', () => {
  const garbage = fc.string({ unit: fc.constantFrom(...'0123456789abcdefx:.%[] '), maxLength: 24 })
  fc.assert(
    fc.property(fc.oneof(garbage, fc.ipV4(), fc.ipV6()), (text) => {
      const parsed = parseAddress(text)
      if (parsed.ok && !isCompatible(text))
        expect(formatAddress(parsed.value)).toBe(ipaddr.process(text).toString())
    }),
    { numRuns: 5000 },
  )
})

test('whatever is an address to ipaddr.js in plain spelling is one here', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.ipV4(),
        fc.ipV6(),
        fc.ipV6().map((text) => text.toUpperCase()),
      ),
      (text) => {
        expect(parseAddress(text).ok).toBe(true)
        expect(ipaddr.isValid(text)).toBe(true)
      },
    ),
    { numRuns: 2000 },
  )
})

test('A7: every mapped form of an IPv4 address is that address', () => {
  fc.assert(
    fc.property(fc.nat(0xffffffff), (value) => {
      const quad = formatAddress({ family: 4, value })
      const [high, low] = [(value >>> 16).toString(16), (value & 0xffff).toString(16)]
      const forms = [quad, `${high}:${low}`, `${high.padStart(4, '0')}:${low.padStart(4, '0')}`]
      const mapped = forms.flatMap((form) => [`::ffff:${form}`, `0:0:0:0:0:FFFF:${form}`, `::0:ffff:${form}`])
      for (const text of [quad, ...mapped]) expect(parseAddress(text)).toEqual(ok({ family: 4, value }))
      expect(ipaddr.process(`::ffff:${quad}`).toString()).toBe(quad)
    }),
  )
})

/** `::192.0.2.1`, without ffff, is an IPv6 address of its own (RFC 4291 section 2.5.5.1); ipaddr.js takes it for a mapped one. */
const isCompatible = (text: string): boolean => /^::[0-9.]+$/.test(text) && text.includes('.')

test.each([
  ['192.168.44.209', '192.168.44.0/24'],
  ['255.255.255.255', '255.255.255.0/24'],
  ['2001:db8:1234:5678::9', '2001:db8:1234::/48'],
  ['::1', '::/48'],
])('the log says of %s only %s', (text, prefix) => {
  expect(prefixOf(address(text))).toBe(prefix)
})
