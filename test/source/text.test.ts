import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lineAt, lineText, placeAt, sourceText } from '../../src/source/text.ts'

const source = sourceText('p/x.yaml', 'x.yaml', 'one\r\nté✓ 🙂 x  \n\nlast')

test.each([
  { of: 'one', line: 1, column: 1, length: 3 },
  { of: '✓', line: 2, column: 3, length: 1 },
  { of: 'x', line: 2, column: 8, length: 1 },
  { of: 'last', line: 4, column: 1, length: 4 },
])('$of stands in line $line, column $column', ({ of, ...place }) => {
  const from = source.text.indexOf(of)
  expect(placeAt(source, { from, to: from + of.length })).toEqual({ file: 'p/x.yaml', ...place })
})

test('a span over several lines is that of its first line, without the end of line and the blanks before it', () => {
  const from = source.text.indexOf('x  ')
  expect(placeAt(source, { from, to: source.text.length }).length).toBe(1)
  expect(placeAt(source, { from: 0, to: source.text.length }).length).toBe(3)
})

test('an empty span has the length of one character, at the end of the file too', () => {
  const end = source.text.length
  expect(placeAt(source, { from: end, to: end })).toEqual({ file: 'p/x.yaml', line: 4, column: 5, length: 1 })
})

test('lines are without their ends, and there is none beyond the last', () => {
  expect([0, 1, 2, 3, 4, 5].map((line) => lineText(source, line))).toEqual([
    undefined,
    'one',
    'té✓ 🙂 x  ',
    '',
    'last',
    undefined,
  ])
})

test('every offset is in the line that holds it', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', '\n', '\r\n', '🙂') }), fc.nat(), (text, n) => {
      const offset = n % (text.length + 1)
      const random = sourceText('x', 'x', text)
      expect(lineAt(random, offset)).toBe(text.slice(0, offset).split('\n').length)
    }),
  )
})
