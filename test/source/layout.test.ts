import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { commentsIn } from '../../src/source/comments.ts'
import { tidied } from '../../src/source/layout.ts'
import { plainValue } from '../../src/source/node.ts'
import { sourceText } from '../../src/source/text.ts'
import { parseYaml } from '../../src/source/yaml.ts'

const read = (text: string) => {
  const source = sourceText('a.yaml', 'a.yaml', text)
  const { root, problems } = parseYaml(source)
  const comments = commentsIn(source).map((comment) => comment.text.replace(/^#\s*/, ''))
  return { value: root && plainValue(root), problems: problems.map(({ code }) => code), comments }
}

test.each([
  ['a: 1  \nb: 2\t\n', 'a: 1\nb: 2\n'],
  ['a: 1', 'a: 1\n'],
  ['\n\na: 1\n\n\n\nb: 2\n\n\n', 'a: 1\n\nb: 2\n'],
  ['a: 1\r\nb: 2\r\n', 'a: 1\nb: 2\n'],
  ['a: [ 1,2 ,3 ]\n', 'a: [1, 2, 3]\n'],
  ['a: {b: 1,c: 2}\n', 'a: { b: 1, c: 2 }\n'],
  ['a: {b: [ {c: 1} ]}\n', 'a: { b: [{ c: 1 }] }\n'],
  ['a: { rate: 3,   burst: 5   }\n', 'a: { rate: 3,   burst: 5   }\n'],
  ['a: {}\nb: []\nc: [ ]\n', 'a: {}\nb: []\nc: []\n'],
  ['a:     1 #one\n#two\n', 'a:     1 # one\n# two\n'],
  ['a: [\n  1,\n  2, # two\n]\n', 'a: [\n  1,\n  2, # two\n]\n'],
  ['a: "x  # [ 1,2 ]  "\nb: x,y{z}\n', 'a: "x  # [ 1,2 ]  "\nb: x,y{z}\n'],
  ['a: |\n  x  \n\n\n\n  #y\nb: >-\n  z  \n', 'a: |\n  x  \n\n\n\n  #y\nb: >-\n  z  \n'],
])('%j', (before, after) => {
  expect(tidied(before)).toBe(after)
  expect(read(after)).toEqual(read(before))
})

const blanks = fc.constantFrom('', ' ', '   ')
const words = fc.constantFrom('a', '"b, [c]"', "'#d'", 'e#f', '1', '::1', '"{"')
const flow = fc.letrec((tie) => ({
  node: fc.oneof({ depthSize: 'small' }, words, tie('list'), tie('map')),
  list: fc
    .tuple(fc.array(fc.tuple(blanks, tie('node'), blanks), { maxLength: 3 }), blanks)
    .map(([items, blank]) => `[${items.map((item) => item.join('')).join(',') || blank}]`),
  map: fc
    .tuple(fc.array(fc.tuple(blanks, tie('node'), blanks), { maxLength: 3 }), blanks)
    .map(
      ([items, blank]) =>
        `{${items.map(([one, node, two], at) => `${one}k${at}: ${node}${two}`).join(',') || blank}}`,
    ),
})).node
const value = fc.oneof(
  flow,
  fc.constantFrom('|\n    x  \n\n\n    # y', '>-\n    z\n    z', '|+\n    x\n\n', 'many\n    words', ''),
)
const line = fc.oneof(
  fc.tuple(value, blanks, fc.constantFrom('', ' #c', ' # c  ')),
  fc.tuple(fc.constantFrom('\n', '\n\n  #d', '\n \n')),
)
const file = fc
  .tuple(fc.array(line, { minLength: 1, maxLength: 6 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([lines, end, isOpen]) => {
    const text = lines
      .map((parts, at) => (parts.length === 1 ? parts[0] : `k${at}: ${parts.join('')}`))
      .join('\n')
    return (isOpen ? text : `${text}\n`).replaceAll('\n', end)
  })

test('what the file says stays, comments too, and a second time changes nothing', () => {
  fc.assert(
    fc.property(file, (text) => {
      fc.pre(read(text).problems.length === 0)
      const once = tidied(text)
      expect(read(once)).toEqual(read(text))
      expect(tidied(once)).toBe(once)
    }),
    { numRuns: 1000 },
  )
})

test.each(['policies', 'demo/policies', 'docs/lint'])('the files of %s are tidy', (folder) => {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.yaml'),
  )
  expect(names.length).toBeGreaterThan(0)
  const untidy = names.filter((name) => {
    const text = readFileSync(join(folder, name), 'utf8')
    return tidied(text) !== text
  })
  expect(untidy).toEqual([])
})
