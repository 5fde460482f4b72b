import { expect, test } from 'vitest'
import { MAX_FILE_BYTES, readText } from '../../src/source/read.ts'

const read = (bytes: Uint8Array | string) => {
  const raw = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes
  const result = readText('p/x.yaml', 'x.yaml', raw)
  return result.ok
    ? result.value.text
    : result.error.map(({ code, place }) => `${code} ${place.line}:${place.column}`)
}

test.each([
  ['plain text', 'a: ✓\n', 'a: ✓\n'],
  ['a byte order mark is dropped', '\uFEFFa: 1\n', 'a: 1\n'],
  ['line ends of Windows', 'a: 1\r\nb: 2\r\n', 'a: 1\r\nb: 2\r\n'],
  ['tabs', 'a:\t1\n', 'a:\t1\n'],
  ['nothing', '', ''],
])('%s', (_, text, expected) => {
  expect(read(text)).toBe(expected)
})

test.each([
  ['right-to-left override', 'a: 1\nb: \u202Ex', ['P0002 2:4']],
  ['isolates', '\u2066a\u2069', ['P0002 1:1', 'P0002 1:3']],
  ['zero width space', 'ow\u200Bner', ['P0002 1:3']],
  ['byte order mark inside', 'a: \uFEFF1', ['P0002 1:4']],
  ['escape', 'a: \u001B[2J', ['P0002 1:4']],
  ['NUL', 'a\u0000', ['P0002 1:2']],
  ['next line', 'a\u0085', ['P0002 1:2']],
  ['carriage return alone, a line end to some programs', 'a: 1\rb: 2', ['P0002 1:5']],
])('%s is refused with its place', (_, text, problems) => {
  expect(read(text)).toEqual(problems)
})

test('of many invisible characters the first few are named', () => {
  expect(read('\u0000'.repeat(1000))).toHaveLength(5)
})

test('bytes that are not UTF-8, and files that are too large', () => {
  expect(read(Uint8Array.of(0x61, 0xff))).toEqual(['P0001 1:1'])
  expect(read(Uint8Array.of(0xc0, 0xaf))).toEqual(['P0001 1:1'])
  expect(read(new Uint8Array(MAX_FILE_BYTES).fill(0x20))).toHaveLength(MAX_FILE_BYTES)
  expect(read(new Uint8Array(MAX_FILE_BYTES + 1).fill(0x20))).toEqual(['P0001 1:1'])
})
