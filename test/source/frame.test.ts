import { expect, test } from 'vitest'
import { codeFrame, displayWidth, printable } from '../../src/source/frame.ts'
import { placeAt, sourceText } from '../../src/source/text.ts'

function frame(text: string, marked: string): string {
  const source = sourceText('x.yaml', 'x.yaml', text)
  const from = text.indexOf(marked)
  return codeFrame(source, placeAt(source, { from, to: from + marked.length }))
}

test('a line between its neighbours', () => {
  expect(frame('first\n  key: value\nlast\n', 'value')).toBe(
    ['  1 | first', '  2 |   key: value', '    |        ^^^^^', '  3 | last'].join('\n'),
  )
})

test('line numbers of different widths', () => {
  const text = Array.from({ length: 12 }, (_, index) => `line ${index + 1}`).join('\n')
  expect(frame(text, 'line 9')).toBe(
    ['   8 | line 8', '   9 | line 9', '     | ^^^^^^', '  10 | line 10'].join('\n'),
  )
})

test('the first line has none before it, the last none after it', () => {
  expect(frame('only', 'only')).toBe(['  1 | only', '    | ^^^^'].join('\n'))
  expect(frame('a\nb\n', 'b')).toBe(['  1 | a', '  2 | b', '    | ^'].join('\n'))
})

test.each([
  ['ticks take one column', '| ✓ | ✗ |', '✗', '  1 | | ✓ | ✗ |\n    |       ^'],
  ['ideographs take two', '東京 x', 'x', '  1 | 東京 x\n    |      ^'],
  ['and get two carets each', '東京 x', '東京', '  1 | 東京 x\n    | ^^^^'],
  ['emoji take two', '🙂 x', 'x', '  1 | 🙂 x\n    |    ^'],
  ['a flag takes two', '🇯🇵 x', 'x', '  1 | 🇯🇵 x\n    |    ^'],
  [
    'decomposed Hangul takes what its syllables do',
    `${'한글'.normalize('NFD')} x`,
    'x',
    `  1 | ${'한글'.normalize('NFD')} x\n    |      ^`,
  ],
  ['combining accents take none', 'e\u0301 x', 'x', '  1 | e\u0301 x\n    |   ^'],
  ['a tab is one blank', '\tx', 'x', '  1 |  x\n    |  ^'],
])('%s', (_, text, marked, expected) => {
  expect(frame(text, marked)).toBe(expected)
})

test('a long line is cut around the place, with the caret still under it', () => {
  const [line = '', carets = ''] = frame(`${'a'.repeat(500)}X${'b'.repeat(500)}`, 'X').split('\n')
  expect(line.length).toBeLessThan(160)
  expect(line[carets.indexOf('^')]).toBe('X')
  expect(line).toMatch(/^ {2}1 \| …a+Xb+…$/)
})

test('what would steer a terminal is not printed', () => {
  expect(printable('\u001B[31m a\u202Eb\u2028c\r\t')).toBe('\uFFFD[31m a\uFFFDb\uFFFDc\uFFFD ')
})

test.each([
  ['abc', 3],
  ['✓✗', 2],
  ['한글', 4],
  ['ｆｕｌｌ', 8],
  ['ñ', 1],
  ['n\u0303', 1],
  ['👍', 2],
  ['🇯🇵', 2],
  ['한글'.normalize('NFD'), 4],
  ['', 0],
])('%s takes %d columns', (text, columns) => {
  expect(displayWidth(text)).toBe(columns)
})
