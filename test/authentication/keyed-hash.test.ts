import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keyedHash } from '../../src/authentication/keyed-hash.ts'
import { hash } from '../support/hash.ts'

/** Of the authors' reference code (`vectors_sip128`): key 00 01 ... 0f, texts 00 01 ... of so many bytes. */
test.each([
  [0, 'a3817f04ba25a8e66df67214c7550293'],
  [1, 'da87c1d86b99af44347659119b22fc45'],
  [2, '8177228da4a45dc7fca38bdef60affe4'],
  [7, 'a1f1ebbed8dbc153c0b84aa61ff08239'],
  [8, '3b62a9ba6258f5610f83e264f31497b4'],
  [15, '5493e99933b0a8117e08ec0f97cfc3d9'],
  [16, '6ee2a4ca67b054bbfd3315bf85230577'],
  [63, '5150d1772f50834a503e069a973fbd7c'],
])('%i bytes', (length, expected) => {
  const text = String.fromCharCode(...Array.from({ length }, (_, at) => at))
  expect(hex(hash(text))).toBe(expected)
})

test('another key gives other names', () => {
  const other = keyedHash(() => Int32Array.of(1, 2, 3, 4))
  expect(other('Basic YTpi')).not.toBe(hash('Basic YTpi'))
})

test('the key is drawn at the first use, once', () => {
  let drawn = 0
  const counting = keyedHash(() => Int32Array.of(++drawn, 0, 0, 0))
  expect(drawn).toBe(0)
  expect(counting('a')).toBe(counting('a'))
  expect(drawn).toBe(1)
})

test('two texts of bytes that differ in one place have two names', () => {
  const bytes = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(bytes, fc.nat(), fc.integer({ min: 1, max: 255 }), (text, place, change) => {
      const other = text.with(place % text.length, (text[place % text.length] ?? 0) ^ change)
      expect(hash(String.fromCharCode(...other))).not.toBe(hash(String.fromCharCode(...text)))
    }),
  )
})

test.each(['Ā', 'Basic \u2603', `${'a'.repeat(20)}\uffff`])('%j has no name', (text) => {
  expect(hash(text)).toBeUndefined()
})

const hex = (name = ''): string =>
  Array.from(name, (character) => {
    const code = character.charCodeAt(0)
    return [code & 0xff, code >>> 8].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  }).join('')
