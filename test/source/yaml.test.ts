import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_DEPTH } from '../../src/source/convert.ts'
import { find, follow, placeOfKey, placeOfValue } from '../../src/source/cursor.ts'
import { addressReadAsMap, plainValue } from '../../src/source/node.ts'
import { sourceText } from '../../src/source/text.ts'
import { parseYaml } from '../../src/source/yaml.ts'

const parse = (text: string) => parseYaml(sourceText('x.yaml', 'x.yaml', text))
const codes = (text: string) =>
  parse(text).problems.map(({ code, place }) => `${code} ${place.line}:${place.column}`)

function rootOf(text: string) {
  const { root } = parse(text)
  if (root === undefined) throw new Error('no YAML')
  return { source: sourceText('x.yaml', 'x.yaml', text), node: root, key: undefined }
}

test.each([
  ['text', 'a', 'a'],
  ['YAML 1.2 has two booleans', '[true, false, no, on, yes]', [true, false, 'no', 'on', 'yes']],
  ['no times and no dates', '[12:30, 2027-02-01]', ['12:30', '2027-02-01']],
  ['numbers', '[1, -2.5, 0x10, 010, 1e3]', [1, -2.5, 16, 10, 1000]],
  ['nothing', '{ a: , b: null, c: ~ }', { a: null, b: null, c: null }],
  ['keys are text', '{ 1: a, true: b, null: c }', { 1: 'a', true: 'b', null: 'c' }],
  ['blocks of text', 'a: |\n  x\n  y\nb: >\n  x\n  y\n', { a: 'x\ny\n', b: 'x y\n' }],
])('%s', (_, text, value) => {
  expect(plainValue(rootOf(text).node)).toEqual(value)
})

const nested = `routes:
  "users":
    paths:
      - /users
      - "/users/{id}"
    empty:
    flow: { GET: [a, b] }
`

test.each([
  { path: ['routes', 'users'], key: '2:3', value: '3:5' },
  { path: ['routes', 'users', 'paths'], key: '3:5', value: '4:7' },
  { path: ['routes', 'users', 'paths', 1], key: '5:9', value: '5:9' },
  { path: ['routes', 'users', 'empty'], key: '6:5', value: '6:5' },
  { path: ['routes', 'users', 'flow', 'GET', 1], key: '7:22', value: '7:22' },
])('the places of $path', ({ path, key, value }) => {
  const at = find(rootOf(nested), path)
  const [keyPlace, valuePlace] = at ? [placeOfKey(at), placeOfValue(at)] : []
  expect(`${keyPlace?.line}:${keyPlace?.column}`).toBe(key)
  expect(`${valuePlace?.line}:${valuePlace?.column}`).toBe(value)
})

test('a path that leads nowhere is nothing to find, and is followed as far as it goes', () => {
  expect(find(rootOf(nested), ['routes', 'groups', 'paths'])).toBeUndefined()
  expect(placeOfKey(follow(rootOf(nested), 'routes', 'groups', 'paths')).line).toBe(1)
})

test.each([
  ['an anchor', 'a: &x 1', ['P0004 1:4']],
  ['an anchor on a key', '&x a: 1', ['P0004 1:1']],
  ['an alias of nothing', 'a: *x', ['P0004 1:4']],
  ['a merge key', '<<: { a: 1 }', ['P0004 1:1']],
  ['a tag', 'a: !!str 1', ['P0004 1:4']],
  ['an unknown tag on a list', '- !x [1]', ['P0004 1:3']],
  ['the empty tag', 'a: ! 1', ['P0004 1:4']],
  ['a key twice', 'a: 1\nb: 2\na: 3', ['P0005 3:1']],
  ['the same key in quotes', '{ a: 1, "a": 2 }', ['P0005 1:9']],
  ['a second document', 'a: 1\n---\nb: 2', ['P0004 2:1']],
  ['a directive', '%YAML 1.1\n---\na: no', ['P0004 1:1']],
  ['a directive for tags', '%TAG ! tag:x,2000:\n---\na: 1', ['P0004 1:1']],
  ['a list as a key', '? [a]\n: 1', ['P0003 1:3']],
  ['a prototype', '{ __proto__: { a: 1 } }', ['P0105 1:3']],
  ['one error a line', '[a, b]]]]', ['P0003 1:7']],
])('%s is refused', (_, text, problems) => {
  expect(codes(text)).toEqual(problems)
})

test('a percent sign at the start of a line of text is no directive', () => {
  expect(codes('a: |\n  x\nb: "1\n\n  %x"')).toEqual([])
})

test('the first of two equal keys is kept', () => {
  expect(plainValue(rootOf('a: 1\na: 2').node)).toEqual({ a: 1 })
})

test.each(['[', '{a: ', '- ', '? '])('%j without end is too deep, and nothing breaks', (open) => {
  expect(parse(open.repeat(50_000)).problems.map(({ code }) => code)).toContain('P0006')
})

test('the depth that is read, and one more', () => {
  const deep = (levels: number) => `${'['.repeat(levels)}x${']'.repeat(levels)}`
  expect(codes(deep(MAX_DEPTH))).toEqual([])
  expect(codes(deep(MAX_DEPTH + 1))).toEqual([`P0006 1:${MAX_DEPTH + 2}`])
})

test.each([
  ['2001:db8::', '2001:db8::'],
  ['::', '::'],
  ['fe80:1:2::', 'fe80:1:2::'],
  ['[2001:db8::]', undefined],
  ['2001:db8::1', undefined],
  ['name:', undefined],
  ['2001:db8:: x', undefined],
  ['{ "2001:": , "2002:": }', undefined],
])('%s is an address that became a key: %s', (text, address) => {
  expect(addressReadAsMap(rootOf(text).node)).toBe(address)
})

test('what the reader says of an address in the place of a value', () => {
  const [problem] = parse('from: 2001:db8::').problems
  expect(problem).toMatchObject({ code: 'P0003', help: 'put it in quotes: "2001:db8::"' })
})

test('no text makes it throw, and every problem has a place in it', () => {
  const unit = fc.constantFrom(...'a0 :-\n[]{},"\'|>&*!%#?\t✓')
  const texts = fc.string({ unit, maxLength: 60 })
  fc.assert(
    fc.property(texts, (text) => {
      const lines = text.split('\n').map(({ length }) => length)
      for (const { place } of parse(text).problems) {
        expect(place.column).toBeLessThanOrEqual((lines[place.line - 1] ?? -1) + 1)
      }
    }),
    { numRuns: 2000 },
  )
})
