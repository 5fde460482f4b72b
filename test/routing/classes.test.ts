import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pathClasses } from '../../src/routing/classes.ts'
import { type Pattern, parsePattern } from '../../src/routing/pattern.ts'

function pattern(text: string): Pattern {
  const parsed = parsePattern(text)
  if (!parsed.ok) throw new Error(`${text}: ${parsed.error.kind}`)
  return parsed.value
}

/** A second reading of what a pattern means, one segment at a time. */
function matches({ segments }: Pattern, path: string): boolean {
  const parts = path.slice(1).split('/')
  const hasRest = segments.at(-1)?.kind === 'rest'
  if (hasRest ? parts.length < segments.length : parts.length !== segments.length) return false
  return parts.every((part, at) => {
    const segment = segments[Math.min(at, segments.length - 1)]
    return segment?.kind === 'literal' ? segment.key === part : part !== ''
  })
}

const TEXTS = [
  '/a',
  '/{x}',
  '/**',
  '/a/b',
  '/a/{x}',
  '/{x}/b',
  '/{x}/{y}/c',
  '/a/**',
  '/a/b/',
  '/x/**',
  '/{x}/x',
]

test.each([
  [[], []],
  [['/a'], ['/a']],
  [
    ['/a', '/{x}'],
    ['/x', '/a'],
  ],
  [
    ['/x', '/{x}'],
    ['/x~', '/x'],
  ],
  [['/**'], ['/x']],
  [
    ['/a/', '/a'],
    ['/a', '/a/'],
  ],
])('%j: %j', (texts, paths) => {
  expect(pathClasses(texts.map(pattern))).toEqual(paths)
})

test('any path matches the same patterns as one of the classes, or none at all', () => {
  const path = fc
    .tuple(fc.array(fc.constantFrom('a', 'b', 'c', 'x', 'q'), { minLength: 1, maxLength: 5 }), fc.boolean())
    .map(([parts, slash]) => `/${parts.join('/')}${slash ? '/' : ''}`)
  fc.assert(
    fc.property(fc.subarray(TEXTS), path, (texts, tried) => {
      const patterns = texts.map(pattern)
      const setOf = (each: string) => patterns.map((one) => matches(one, each)).join()
      const sets = pathClasses(patterns).map(setOf)
      expect(new Set(sets).size).toBe(sets.length)
      if (patterns.some((one) => matches(one, tried))) expect(sets).toContain(setOf(tried))
      else expect(sets).not.toContain(setOf(tried))
    }),
    { numRuns: 2000 },
  )
})
