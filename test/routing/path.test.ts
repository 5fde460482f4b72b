import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fail, ok } from '../../src/base/result.ts'
import { canonicalPath, segmentKey } from '../../src/routing/path.ts'
import vectors from '../vectors/paths.json' with { type: 'json' }

test.each(vectors.canonical)('$row $raw is $path', ({ raw, path }) => {
  expect(canonicalPath(raw)).toEqual(ok(path))
})

test.each(vectors.refused)('$row $raw is refused: $why', ({ raw, why }) => {
  expect(canonicalPath(raw)).toEqual(fail(why))
})

test('a path may have 8192 characters and no more', () => {
  expect(canonicalPath(`/${'a'.repeat(8191)}`).ok).toBe(true)
  expect(canonicalPath(`/${'a'.repeat(8192)}`)).toEqual(fail('too_long'))
})

/** Made of the pieces that attacks are made of, so that a good share of the paths is accepted. */
const rawPath = fc
  .array(
    fc.oneof(
      fc.constantFrom('/', '/', 'a', 'Z', '.', '..', '%2e', '%2E', '%25', '%', '%2f', '%41', '%c3%a9', '%C3'),
      fc.constantFrom(';', '\\', ':', '%3a', '@', "'", '~', '2f', '41', '?', '#', ' ', '\u00e9', '%00', '*'),
    ),
    { maxLength: 10 },
  )
  .map((pieces) => `/${pieces.join('')}`)

test('a canonical path is its own canonical path', () => {
  fc.assert(
    fc.property(rawPath, (raw) => {
      const path = canonicalPath(raw)
      if (path.ok) expect(canonicalPath(path.value)).toEqual(path)
    }),
    { numRuns: 5000 },
  )
})

test('nothing is left in a canonical path that URL would tidy, and nothing decodes to a slash', () => {
  fc.assert(
    fc.property(rawPath, (raw) => {
      const path = canonicalPath(raw)
      if (!path.ok) return
      expect(new URL(`http://gw.example${path.value}`).pathname).toBe(path.value)
      const decoded = path.value.split('/').map(decodeURIComponent)
      expect(decoded.join('/').split('/')).toEqual(decoded)
      expect(decoded.some((segment) => segment === '.' || segment === '..')).toBe(false)
    }),
    { numRuns: 5000 },
  )
})

test('what is accepted means the same as what was sent', () => {
  fc.assert(
    fc.property(rawPath, (raw) => {
      const path = canonicalPath(raw)
      if (path.ok) expect(decodeURIComponent(path.value)).toBe(decodeURIComponent(raw))
    }),
    { numRuns: 2000 },
  )
})

test.each([
  ['Users:export', 'Users:export'],
  ['Users%3Aexport', 'Users:export'],
  ['a%40b', 'a@b'],
  ['caf%C3%A9', 'caf%C3%A9'],
  ['100%25', '100%25'],
  ['%2B%2C%3D', '+,='],
])('the segment %s is looked up as %s', (segment, key) => {
  expect(segmentKey(segment)).toBe(key)
})

test('a path with nothing encoded is found to be what the careful reading finds', () => {
  fc.assert(
    fc.property(rawPath, (raw) => {
      const plain = `/a${raw.replaceAll('%', '')}`
      // One letter encoded is the same path, and is not read by one look.
      expect(canonicalPath(plain)).toEqual(canonicalPath(plain.replace('a', '%61')))
    }),
    { numRuns: 5000 },
  )
})
