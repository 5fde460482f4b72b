import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type CompileOptions, compileFiles, compileTexts } from '../../src/policy/compile.ts'
import { GOLDEN, goldenCases } from '../support/golden.ts'

const good = goldenCases().find(({ name }) => name === 'good')?.inputs ?? []

const upstream = `policy_format: 1
upstream:
  name: api
  title: An API
  prefix: /api
  origin: \${API_ORIGIN}
  origins: { identity: "https://id.example" }
`

async function originsOf(options: CompileOptions) {
  const { policy } = await compileTexts({ 'a.yaml': upstream }, options)
  return policy?.upstreams[0]?.origins
}

test('the order of the files means nothing', async () => {
  const [one, other] = await Promise.all([compileFiles(good), compileFiles(good.toReversed())])
  // Functions are equal to themselves only.
  expect({ ...other, names: undefined }).toEqual({ ...one, names: undefined })
  expect(one.policy).toBeDefined()
})

test('the order of entries means nothing, but for the lines that the log names', async () => {
  const rule = (name: string) =>
    `  ${name}: { paths: [/${name}], auth: basic, respects_allow_list: true, callers: { GET: authenticated } }\n`
  const rest = 'gateway: { default_rate_group: g }\nrate_groups: { g: { period: 1m, rate: 1, burst: 1 } }\n'
  const policyOf = async (...names: string[]) => {
    const { policy } = await compileTexts({
      'a.yaml': `${upstream}${rest}routes:\n${names.map(rule).join('')}`,
    })
    return { ...policy, digest: '', routes: policy?.routes.map((route) => ({ ...route, at: '' })) }
  }
  expect(await policyOf('b', 'a', 'c')).toEqual(await policyOf('c', 'b', 'a'))
})

test('the digest names the content: equal for equal policies, another for each change', async () => {
  const digestOf = async (text: string, options?: CompileOptions) =>
    (await compileTexts({ 'a.yaml': text }, options)).policy?.digest
  const digest = await digestOf(upstream)
  expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/)
  expect(await digestOf(`${upstream}# a comment\n`)).toBe(digest)
  expect(await digestOf(upstream.replace('/api', '/apo'))).not.toBe(digest)
  expect(await digestOf(upstream, { sequence: 1 })).not.toBe(digest)
})

test('the digest is that of the canonical JSON without it', async () => {
  const { policy } = await compileFiles(good)
  const { digest, ...rest } = policy ?? { digest: '' }
  const sorted = JSON.stringify(rest, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(sorted))
  expect(digest).toBe(`sha256:${Buffer.from(bytes).toString('hex')}`)
})

test('the compiled policy is plain JSON', async () => {
  const { policy } = await compileFiles(good)
  expect(JSON.parse(JSON.stringify(policy))).toEqual(policy)
})

test('origins come from the policy, or from who runs it', async () => {
  expect(await originsOf({})).toEqual({
    default: { env: 'API_ORIGIN' },
    identity: { url: 'https://id.example' },
  })
  const one = { url: 'http://127.0.0.1:1' }
  expect(await originsOf({ origins: new Map([['api', one.url]]) })).toEqual({ default: one, identity: one })
  const origins = new Map([
    ['api', 'http://127.0.0.1:1'],
    ['api.identity', 'http://127.0.0.1:2'],
  ])
  expect(await originsOf({ origins })).toEqual({
    default: { url: 'http://127.0.0.1:1' },
    identity: { url: 'http://127.0.0.1:2' },
  })
})

test('a file that cannot be read hides what names mean, and shows all that is wrong with forms', async () => {
  const { problems, policy } = await compileTexts({
    'broken.yaml': 'policy_format: 1\nnetworks: [',
    'clients.yaml': `policy_format: 1
clients:
  c: { upstream: unknown, client_id: 3, allow_list: [unknown], secrets: none }
`,
  })
  expect(problems.map(({ code, place }) => `${code} ${place.file}`)).toEqual([
    'P0003 broken.yaml',
    'P0103 clients.yaml',
  ])
  expect(policy).toBeUndefined()
})

test('without any file there is nothing to compile, and an empty policy lets nothing through', async () => {
  const { policy, files } = await compileFiles([])
  expect(files).toEqual([])
  expect(policy).toMatchObject({ routes: [], clients: [], upstreams: [] })
})

const fragments = readFileSync(join(GOLDEN, 'good/upstreams/first.yaml'), 'utf8').split(/(?<=[\s:,{}[\]])/)

test('whatever the bytes are, there are problems or a policy, and nothing is thrown', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      const { problems, policy } = await compileFiles([{ path: 'x.yaml', name: 'x.yaml', bytes }])
      expect(problems.length > 0).toBe(policy === undefined)
    }),
    { numRuns: 500 },
  )
})

test('a good file with pieces taken out, doubled and moved is refused or compiled, and never breaks', {
  timeout: 60_000,
}, async () => {
  const bytesOf = (text: string) => new TextEncoder().encode(text)
  const edits = fc.array(fc.tuple(fc.nat(fragments.length - 1), fc.nat(fragments.length - 1), fc.boolean()), {
    minLength: 1,
    maxLength: 4,
  })
  await fc.assert(
    fc.asyncProperty(edits, async (moves) => {
      const pieces = [...fragments]
      for (const [from, to, keep] of moves)
        pieces.splice(to, 0, ...pieces.slice(from, from + 1), ...(keep ? [] : pieces.splice(from, 1)))
      const changed = { path: 'first.yaml', name: 'first.yaml', bytes: bytesOf(pieces.join('')) }
      const { problems, policy } = await compileFiles([
        ...good.filter(({ name }) => !name.endsWith('first.yaml')),
        changed,
      ])
      expect(problems.length > 0).toBe(policy === undefined)
    }),
    { numRuns: 300 },
  )
})
