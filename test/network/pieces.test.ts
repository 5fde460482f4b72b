import { expect, test } from 'vitest'
import { parseEntry } from '../../src/base/interval.ts'
import { complementOf, firstAddress, intervalsOf, piecesOf, rangesText } from '../../src/network/pieces.ts'
import { contains, toRanges } from '../../src/network/ranges.ts'

function rangesOf(...texts: readonly string[]) {
  return toRanges(
    texts.map((text) => {
      const entry = parseEntry(text)
      if (!entry.ok) throw new Error(`not an entry: ${text}`)
      return entry.value
    }),
  )
}

test.each([
  [[], 'nowhere'],
  [['0.0.0.0/0', '::/0'], 'anywhere'],
  [['192.0.2.1'], '192.0.2.1'],
  [['0.0.0.0/0'], '0.0.0.0/0'],
  [['0.0.0.0-9.255.255.255', '11.0.0.0-255.255.255.255', '::/0'], 'anywhere except 10.0.0.0/8'],
  [['192.0.2.0-192.0.2.54', '192.0.2.62/31'], '192.0.2.0-192.0.2.54, 192.0.2.62/31'],
])('%j is %s', (texts, words) => {
  expect(rangesText(rangesOf(...texts))).toBe(words)
})

test('pieces are cut at every bound, and cover both families', () => {
  const pieces = piecesOf([
    rangesOf('0.0.0.5-0.0.0.9', '::1'),
    rangesOf('0.0.0.9', '255.255.255.255', '::/0'),
  ])
  expect(pieces.map((piece) => piece.from)).toEqual([
    ...[0, 5, 9, 10, 0xffffffff],
    ...['0'.repeat(32), `${'0'.repeat(31)}1`, `${'0'.repeat(31)}2`],
  ])
  expect(pieces.at(-1)?.to).toBe('f'.repeat(32))
})

test('an address is in a set or in its complement', () => {
  const set = rangesOf('0.0.0.0', '10.0.0.0/8', '255.255.255.255', '::', 'ffff::/16')
  const rest = complementOf(set)
  for (const piece of piecesOf([set])) {
    expect(contains(set, firstAddress(piece))).toBe(!contains(rest, firstAddress(piece)))
  }
  expect(complementOf(rest)).toEqual(set)
  expect(toRanges(intervalsOf(set))).toEqual(set)
})
