/**
 * Whatever is in a policy file, there are problems or a policy: nothing is thrown, and the work grows with the text and
 * not faster. How long that takes is compared with itself at another size, never with a clock.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Compiled, compileFiles, compileTexts } from '../../src/policy/compile.ts'
import { MAX_TOKENS } from '../../src/source/bounded.ts'
import { MAX_FILE_BYTES } from '../../src/source/read.ts'

const POLICIES = join(import.meta.dirname, '../../policies')
const HEAD = 'policy_format: 1\n'
const API = `${HEAD}upstream: { name: api, title: An API, prefix: /api, origin: "https://api.example" }\n`

const compileOne = (text: string): Promise<Compiled> => compileTexts({ 'x.yaml': text })

function expectProblemsOrPolicy({ problems, policy }: Compiled): void {
  expect(policy === undefined).toBe(problems.some(({ severity }) => severity === 'error'))
}

const shipped = readdirSync(POLICIES, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => ({ name, text: readFileSync(join(POLICIES, name), 'utf8') }))
const shared = shipped.filter(({ name }) => ['gateway.yaml', 'rate-groups.yaml'].includes(name))

/** What a hand or a merge does to a line. */
const edits: Readonly<Record<string, (line: string, other: string) => readonly string[]>> = {
  gone: () => [],
  twice: (line) => [line, line],
  moved: (line, other) => [other, line],
  'in deeper': (line) => [`  ${line}`],
  'out again': (line) => [line.replace(/^ {1,2}/, '')],
  cut: (line) => [line.slice(0, Math.floor(line.length / 2))],
  'without quotes': (line) => [line.replaceAll('"', '')],
  'another value': (line, other) => [line.replace(/:.*/, other.slice(other.indexOf(':')))],
  'an alias': (line) => [line.replace(/: .*/, ': *x')],
  'an anchor': (line) => [line.replace(': ', ': &x ')],
  'a flow': (line) => [line.replace(/: ?/, ': [')],
  'a tab': (line) => [`\t${line}`],
  conflict: (line, other) => ['<<<<<<< ours', line, '=======', other, '>>>>>>> theirs'],
}

test('the shipped policies with lines changed as hands and merges change them', async () => {
  const edit = fc.record({ how: fc.constantFrom(...Object.keys(edits)), at: fc.nat(), other: fc.nat() })
  const changed = fc.record({
    file: fc.constantFrom(...shipped),
    changes: fc.array(edit, { minLength: 1, maxLength: 3 }),
  })
  let refused = 0
  await fc.assert(
    fc.asyncProperty(changed, async ({ file, changes }) => {
      const lines = file.text.split('\n')
      for (const { how, at, other } of changes) {
        const [line = '', instead = ''] = [lines[at % lines.length], lines[other % lines.length]]
        lines.splice(at % lines.length, 1, ...(edits[how]?.(line, instead) ?? []))
      }
      const rest = shared.filter(({ name }) => name !== file.name)
      const texts = Object.fromEntries(
        [...rest, { ...file, text: lines.join('\n') }].map(({ name, text }) => [name, text]),
      )
      const compiled = await compileTexts(texts)
      expectProblemsOrPolicy(compiled)
      if (compiled.policy === undefined) refused++
    }),
    { numRuns: 150 },
  )
  // Else the changes were too tame to show anything.
  expect(refused).toBeGreaterThan(30)
}, 120_000)

/** The format's own words, so that a random structure gets past the first look. */
const words = [
  ...new Set(shipped.flatMap(({ text }) => text.match(/[A-Za-z_][A-Za-z0-9_-]*(?=:)/g) ?? [])),
  '__proto__',
  'constructor',
  'toString',
]
const leaf = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    1,
    -1,
    1e308,
    '',
    'any',
    'none',
    'upstream',
    'basic',
    'authenticated',
  ),
  fc.constantFrom(
    '10.0.0.0/8',
    '::/0',
    '010.1',
    '1m',
    '/a',
    '/{a}/**',
    '2027-01-01',
    '100%',
    '8MiB',
    '${A}',
    'a:b',
  ),
  fc.constantFrom(...words),
  fc.string({ unit: 'binary', maxLength: 8 }),
)
const { structure } = fc.letrec((tie) => ({
  structure: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('structure'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...words), tie('structure'), { maxKeys: 6, noNullPrototype: true }),
  ),
}))

test('structures of the right words in the wrong places', async () => {
  const top = fc.dictionary(fc.constantFrom(...words), structure, { maxKeys: 8, noNullPrototype: true })
  await fc.assert(
    fc.asyncProperty(top, fc.boolean(), async (blocks, twice) => {
      const text = JSON.stringify({ policy_format: 1, ...blocks })
      expectProblemsOrPolicy(await compileTexts({ 'a.yaml': text, ...(twice && { 'b.yaml': text }) }))
    }),
    { numRuns: 700 },
  )
}, 120_000)

const DEEP = 10_000
/** One blank more on each line: 10,000 of them would not fit into a file. */
const INDENTED = Array.from({ length: 3000 }, (_, level) => `${' '.repeat(level)}a:\n`).join('')

test.each([
  ['lists', `a: ${'['.repeat(DEEP)}${']'.repeat(DEEP)}`],
  ['lists without end', `a: ${'['.repeat(DEEP)}`],
  ['maps', `a: ${'{a: '.repeat(DEEP)}${'}'.repeat(DEEP)}`],
  ['dashes', `a:\n  ${'- '.repeat(DEEP)}x`],
  ['keys', `${'? '.repeat(DEEP)}x`],
  ['indentation', INDENTED],
])('too deep: %s. That is one problem', async (_, text) => {
  const { problems, policy } = await compileOne(HEAD + text)
  expect(problems.map(({ code }) => code)).toContain('P0006')
  expect(problems.length).toBeLessThan(5)
  expect(policy).toBeUndefined()
})

test('a billion laughs: each line is refused, and none is laughed', async () => {
  const LAUGHS = 10
  const lines = Array.from({ length: 12 }, (_, at) =>
    at === 0
      ? 'a0: &a0 ha\n'
      : `a${at}: &a${at} [${Array(LAUGHS)
          .fill(`*a${at - 1}`)
          .join(', ')}]\n`,
  )
  const { problems } = await compileOne(HEAD + lines.join(''))
  const refused = problems.filter(({ code }) => code === 'P0004')
  // Twelve anchors, and the aliases that are written: 11 lines of ten.
  expect(refused).toHaveLength(12 + 11 * LAUGHS)
})

test('ten megabytes are refused unread', async () => {
  const bytes = new Uint8Array(10 * 1000 * 1000).fill(0x5d)
  const { problems, files } = await compileFiles([{ path: 'x.yaml', name: 'x.yaml', bytes }])
  expect(problems).toMatchObject([{ code: 'P0001' }])
  expect(files).toEqual([])
})

test.each(['*a,', '{}, ', '- a\n', '['])(
  'a file of nothing but %j is refused before it fills the memory',
  async (piece) => {
    const open = piece.endsWith(' ') || piece.endsWith(',') ? 'secrets: [' : ''
    const text = `${HEAD}${open}${piece.repeat((MAX_FILE_BYTES - 100) / piece.length)}`
    const { problems } = await compileOne(text)
    expect(problems).toMatchObject([{ code: 'P0001', message: expect.stringContaining(String(MAX_TOKENS)) }])
  },
  60_000,
)

test('a file of nothing but errors tells the first ones', async () => {
  const { problems } = await compileOne(`${HEAD}a: ${']'.repeat(MAX_FILE_BYTES - 100)}`)
  expect(problems).toMatchObject([{ code: 'P0003' }])
})

test('as many problems as a file can hold are all told', async () => {
  const count = 160_000
  const { problems } = await compileOne(`${HEAD}a: [${'*a,'.repeat(count)}]`)
  expect(problems.filter(({ code }) => code === 'P0004')).toHaveLength(count)
}, 60_000)

const filled = (piece: string, length: number): string => piece.repeat(Math.ceil(length / piece.length))
const numbered = (length: number, line: (at: number) => string): string =>
  Array.from({ length: Math.ceil(length / line(9999).length) }, (_, at) => line(at)).join('')

/** Texts of about a length, each of them hard on one step of the reader. */
const growing: Readonly<Record<string, (length: number) => string>> = {
  'one long word': (length) => `${HEAD}a: ${filled('x', length)}`,
  'one long line of small values': (length) => `${HEAD}a: [${filled('x,   ', length)}]`,
  'escapes without an end': (length) => `${HEAD}a: "${filled('\\\\', length)}`,
  'empty lines': (length) => HEAD + filled('\n', length),
  comments: (length) => HEAD + filled('# x\n', length),
  'tabs before words': (length) => HEAD + filled('\ta\n', length),
  'a block of text': (length) => `${HEAD}a: >\n${filled('  x\n\n', length)}`,
  'text over many lines': (length) => `${HEAD}a: "\n${filled('  x\n', length)}"`,
  documents: (length) => filled('---\n', length),
  directives: (length) => filled('%x\n', length),
  aliases: (length) => `${HEAD}a: [${filled('*a,', length)}]`,
  anchors: (length) => `${HEAD}a:\n${filled('- &a b\n', length)}`,
  tags: (length) => `${HEAD}a: [${filled('!a b,', length)}]`,
  'one key again and again': (length) => `${HEAD}a: {${filled('a: b,', length)}}`,
  'merge keys': (length) => HEAD + filled('<<: a\n', length),
  'unknown fields': (length) => HEAD + numbered(length, (at) => `allow_lis${at}: b\n`),
  'numbers in odd spellings': (length) => `${HEAD}a: [${filled('010, ', length)}]`,
  'clients of nothing': (length) => `${HEAD}clients:\n${numbered(length, (at) => `  c${at}: {}\n`)}`,
  'networks in a chain': (length) =>
    `${HEAD}networks:\n${numbered(length, (at) => `  n${at}: [n${at + 1}, n${at + 1}]\n`)}`,
  'addresses that are none': (length) => `${HEAD}networks:\n  a: [${filled('10.0.0.256, ', length)}]`,
  'one path again and again': (length) =>
    `${API}routes:\n  r: { auth: none, why_no_auth: x, respects_allow_list: false, callers: { GET: anyone }, paths: [${filled('/p, ', length)}] }`,
  'routes of one path': (length) =>
    `${API}routes:\n${numbered(length, (at) => `  r${at}: { auth: none, why_no_auth: x, respects_allow_list: false, callers: { GET: anyone }, paths: [/x] }\n`)}`,
  'paths that do not end': (length) => `${API}routes:\n  r:\n    paths: [${filled('"/a/{', length)}`,
  'callers that nobody knows': (length) =>
    `${API}routes:\n  r: { auth: basic, respects_allow_list: false, callers: { GET: [${filled('x, ', length)}] }, paths: [/x] }`,
  'a table of a test': (length) =>
    `${HEAD}tests:\n  - name: x\n    columns: { A: GET /x }\n    table: |\n      F | A |\n${filled('      f | ✓ |\n', length)}`,
  'an error body': (length) =>
    `${HEAD}error_bodies:\n  x:\n    rate_limited: { body: [${filled('1,', length)}] }`,
}

const LENGTH = 12_000
const TIMES = 4
/** Work that grows with the text takes 4 times as long for 4 times the text; with its square it would take 16 times. */
const MOST = 9
/** Processor time below which nothing can be told apart. */
const FLOOR_MS = 60

describe('the work grows with the text and not faster', () => {
  test.each(Object.entries(growing))(
    '%s',
    async (_, textOf) => {
      const ratios: number[] = []
      // The best of a few: whatever else runs in this process is no fault of the loader.
      while (ratios.length < 4 && !(Math.min(...ratios) < MOST)) {
        const [short, long] = [await cost(textOf(LENGTH)), await cost(textOf(TIMES * LENGTH))]
        ratios.push(long / Math.max(short, FLOOR_MS))
      }
      expect(Math.min(...ratios)).toBeLessThan(MOST)
    },
    60_000,
  )
})

async function cost(text: string): Promise<number> {
  const before = process.cpuUsage()
  expectProblemsOrPolicy(await compileOne(text))
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
