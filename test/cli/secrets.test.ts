/**
 * Secrets are planted wherever a policy, an argument, a log or the environment may have one, right or wrong, and every
 * command is run over them in every format: none of them is printed. `client new-secret` alone prints the one it makes.
 */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { exit } from '../../src/cli/exit.ts'
import { sallyport } from '../support/cli.ts'
import { folderWith } from '../support/folder.ts'
import { withBase } from '../support/lint.ts'

/** Processes are started, and whole policies read, on machines that do other work too. */
vi.setConfig({ testTimeout: 60_000 })

const MARK = 'PLANTEDq7Rt2ZxW9vKp4LmN8sYd'
/** For places where only digits come as far. */
const DIGITS = '90210733194481027755'
const JWT = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(`{"sub":"${MARK}"}`).toString('base64url')}.${MARK}`
const BASIC = Buffer.from(`billing:${MARK}`).toString('base64')

const expectNothing = (outcome: { readonly stdout: string; readonly stderr: string }) => {
  const printed = outcome.stdout + outcome.stderr
  for (const secret of ['PLANTED', DIGITS, JWT.split('.')[1] ?? '', BASIC]) {
    expect(printed).not.toContain(secret)
  }
}

const environment = { SHOP_ORIGIN: `https://user:${MARK}@shop.example`, ISSUER_SECRET: MARK }
beforeAll(() => Object.assign(process.env, environment))
afterAll(() => {
  for (const name of Object.keys(environment)) delete process.env[name]
})

const client = (lines: string): string =>
  `clients:\n  planted:\n    upstream: shop\n    client_id: "planted"\n    allow_list: any\n${lines}`
const entry = (lines: string): string =>
  client(
    `    secrets:\n${lines}      - hash: sha256:${'3'.repeat(64)}\n        generated_bits: 256\n        expires: 2027-06-01\n`,
  )
const issuer = (lines: string): string =>
  `tokens:\n  planted:\n    issuer: https://issuer.example\n    audience: a\n${lines}`
const OTHER = '        generated_bits: 256\n        expires: 2027-06-01\n'

/** Wrong ones, which are shown with their lines, and mistakes in lines beside them. */
const misplaced: Readonly<Record<string, string>> = {
  'a secret for its hash': entry(`      - hash: ${MARK}\n${OTHER}`),
  'in quotes': entry(`      - hash: "${MARK}"\n${OTHER}`),
  'with the name of the hash': entry(`      - hash: sha256:${MARK}\n${OTHER}`),
  'in a map on one line': entry(`      - { hash: ${MARK}, generated_bits: 256, expires: 2027-06-01 }\n`),
  'on the next line': entry(`      - hash:\n          ${MARK}\n${OTHER}`),
  'as a block of text': entry(`      - hash: |\n          ${MARK}\n${OTHER}`),
  'as a number': entry(`      - hash: ${DIGITS}\n${OTHER}`),
  'twice in one entry': entry(`      - hash: ${MARK}1\n        hash: ${MARK}2\n${OTHER}`),
  'for the list': client(`    secrets: ${MARK}\n`),
  'in the list': client(`    secrets:\n      - ${MARK}\n`),
  'in the list on one line': client(`    secrets: [${MARK}, "${MARK}"]\n`),
  'under a name of its own': entry(`      - secret: ${MARK}\n${OTHER}`),
  'as a name': client(`    secrets:\n      - ${MARK}: 1\n`),
  'beside the list': client(`    client_secret: ${MARK}\n    secrets: upstream\n`),
  'under a misspelt name': client(`    secret: ${MARK}\n    secrets: upstream\n`),
  'beside a mistake': entry(
    `      - hash: sha256:${'4'.repeat(64)}\n        password: ${MARK}\n        generated_bits: 12\n        expires: 2027-06-01\n`,
  ),
  'in a comment beside a mistake': client(`    # old secret: ${MARK}\n    secrets: nothing\n`),
  'where YAML breaks': entry(`      - hash: "${MARK}" "${MARK}"\n${OTHER}`),
  'where a tab breaks YAML': entry(`      - hash: ${MARK}\n\t\tgenerated_bits: 256\n`),
  'with a sign nobody sees': entry(`      - hash: ${MARK}\u200b\n${OTHER}`),
  'of introspection': issuer(
    `    introspection: { endpoint: "https://issuer.example/i", client_id: a, client_secret: ${MARK} }\n`,
  ),
  'of an issuer': issuer(`    secret: ${MARK}\n`),
  'a private key': issuer(`    jwks: { keys: [{ kty: OKP, crv: Ed25519, x: abc, d: "${MARK}" }] }\n`),
  'a private key in lines': issuer(
    `    jwks:\n      keys:\n        - kty: oct\n          k: ${MARK}\n          alg: HS256\n`,
  ),
  'a key as a text': issuer(
    `    secret: |\n      -----BEGIN PRIVATE KEY-----\n      ${MARK}\n      -----END PRIVATE KEY-----\n`,
  ),
  'in the address of keys': issuer(`    jwks_uri: http://user:${MARK}@issuer.example/keys\n`),
  'in an origin': `upstream:\n  name: shop\n  title: Shop\n  prefix: /shop\n  origin: https://user:${MARK}@shop.example\n`,
  'in the origin for want of another': `upstream:\n  name: shop\n  title: Shop\n  prefix: /shop\n  origin: \${SHOP_ORIGIN:-https://user:${MARK}@shop.example}\n`,
  'in a request of a test': `tests:\n  - allowed: ["GET shop?access_token=${MARK}"]\n`,
  'in a header of a test': `tests:\n  - allowed: ["GET /shop/orders Authorization: Basic ${BASIC}"]\n`,
}

const commandsOver = (dir: string, good: string): readonly (readonly string[])[] => [
  ...['text', 'json', 'sarif', 'github'].map((format) => ['validate', dir, '--format', format]),
  ...['text', 'json', 'junit', 'github'].map((format) => ['test', dir, '--all', '--format', format]),
  ['test', dir, '--coverage', '--min-coverage', '100'],
  ...['text', 'json', 'sarif', 'github'].map((format) => ['lint', dir, '--info', '--format', format]),
  ['lint', dir, '--fix', '--dry-run'],
  ['fmt', dir, '--check'],
  ['fmt', dir, '--diff'],
  ...['text', 'json'].map((format) => ['explain', 'GET /shop/orders', dir, '--format', format]),
  ['explain', '--client', 'planted', dir],
  ...['text', 'json', 'markdown', 'github'].map((format) => ['diff', good, dir, '--all', '--format', format]),
  ['diff', dir, good, '--all'],
  ...['text', 'json'].map((format) => [
    'replay',
    join(good, 'log.jsonl'),
    '--policy',
    dir,
    '--format',
    format,
  ]),
  ['build', dir, '--out', join(dir, 'out/policy.json')],
  ['docs', dir],
  ['import', 'openapi', join(dir, 'policy.yaml')],
]

const LOG = [
  { decision: 'allowed', path: '/shop/orders' },
  {
    decision: 'denied',
    reason: 'address_not_allowed',
    step: 'address',
    path: `/shop/orders?access_token=${MARK}`,
  },
  {
    decision: 'denied',
    reason: 'credentials_invalid',
    step: 'credentials',
    why: `authorization: Basic ${BASIC}`,
  },
  {
    decision: 'allowed',
    client: 'billing',
    address: '198.51.100.7',
    authorization: `Bearer ${JWT}`,
    body: MARK,
  },
]
  .map((line, index) =>
    JSON.stringify({
      ts: '2026-11-22T10:04:31.220Z',
      request_id: `r${index}`,
      policy: 'sha256:0',
      method: 'GET',
      path: '/shop/orders',
      route: 'shop/orders',
      ...line,
    }),
  )
  .concat(`another program: client_secret=${MARK}`, `{"broken": "${MARK}`)
  .join('\n')

let good = ''
beforeAll(async () => {
  good = await folderWith({ 'policy.yaml': withBase(''), 'log.jsonl': LOG })
})

test.each(Object.entries(misplaced))('%s', async (_, text) => {
  const dir = await folderWith({ 'policy.yaml': withBase(text) })
  const { code, stdout } = await sallyport(['validate', dir])
  expect(code).toBe(exit.policyDoesNotLoad)
  expect(stdout).toContain('error P')
  for (const args of commandsOver(dir, good)) expectNothing(await sallyport(args))
})

test('the marks are what the files have: without the masks they would be seen', () => {
  for (const text of Object.values(misplaced)) expect(text).toMatch(new RegExp(`PLANTED|${DIGITS}|${BASIC}`))
})

/** All in its place, and each test fails, so that its lines are shown. */
const used = withBase(`upstream: { name: shop, title: Shop, prefix: /shop, origin: "\${SHOP_ORIGIN}" }
tokens:
  planted:
    issuer: https://issuer.example
    audience: a
    introspection: { endpoint: "https://issuer.example/i", client_id: a, client_secret: "\${ISSUER_SECRET}" }
routes:
  things:
    paths: [/things]
    auth: token
    token: planted
    respects_allow_list: false
    callers: { GET: ["scope:read"] }
tests:
  - allowed: ["GET /shop/orders?access_token=${MARK}"]
  - name: with a token
    token: planted
    allowed: ["GET /shop/things?client_secret=${MARK}&x=1", "GET /shop/nothing?code=${MARK}"]
  - denied:
      unknown_route: ["GET https://shop.example/shop/orders?token=${MARK}"]
invariants:
  - { name: none, requests: [/shop/orders], callers_within: [reader] }
`)

test('a policy that loads, with secrets in the environment and in the requests of failing tests', async () => {
  const dir = await folderWith({ 'policy.yaml': used, 'log.jsonl': LOG })
  const first = await sallyport(['test', dir])
  expect(first).toMatchObject({ code: exit.testFailed })
  for (const args of commandsOver(dir, good)) expectNothing(await sallyport(args))
  for (const id of ['r0', 'r1', 'r2', 'r3', 'none']) {
    for (const format of ['text', 'json']) {
      const log = ['--log', join(dir, 'log.jsonl'), '--request-id', id]
      expectNothing(await sallyport(['explain', ...log, dir, '--format', format]))
    }
  }
  expectNothing(await sallyport(['replay', join(dir, 'log.jsonl'), '--policy', dir, '--unused']))
})

test.each([
  [['explain', 'GET /shop/orders', '--token', MARK]],
  [['explain', 'GET /shop/orders', `--token=${JWT}`]],
  [['explain', 'GET /shop/orders', '--client', MARK]],
  [['explain', `GET /shop/orders?access_token=${MARK}&client_secret=${MARK}`]],
  [['explain', `GET /shop/orders?access_token=${MARK}`, '--format', 'json']],
  [['explain', `GET /shop/orders Authorization: Bearer ${JWT}`]],
  [['validate', `--client-secret=${MARK}`]],
  [['test', `--token=${MARK}`]],
  [['serve', '--origin', `shop=https://user:${MARK}@shop.example`]],
  [['diff', `https://user:${MARK}@git.example/policies`]],
])('an argument: %j', async (args) => {
  expectNothing(await sallyport([...args, good]))
})

test('files that are no policies', async () => {
  const dir = await folderWith({
    'broken.json': MARK,
    'other.json': `{"secret":"${MARK}"}`,
    'broken.yaml': `openapi: 3.0.0\nx: "${MARK}" "${MARK}"\n`,
    'alias.yaml': `openapi: 3.0.0\nx: *${MARK}\n`,
  })
  for (const name of ['broken.json', 'other.json']) {
    expectNothing(await sallyport(['diff', join(dir, name), good]))
  }
  for (const name of ['broken.json', 'other.json', 'broken.yaml', 'alias.yaml']) {
    expectNothing(await sallyport(['import', 'openapi', join(dir, name)]))
  }
})

test('the page of a job has none either', async () => {
  const dir = await folderWith({ 'policy.yaml': used })
  let page = ''
  const summarize = (markdown: string) => {
    page += markdown
  }
  for (const args of [
    ['validate', dir],
    ['test', dir],
    ['lint', dir],
    ['diff', good, dir],
  ]) {
    await sallyport([...args, '--format', 'github'], { summarize })
  }
  expect(page).toContain('## sallyport test: failed')
  expectNothing({ stdout: page, stderr: '' })
})

test('a new secret is shown once, on stdout, and only its hash besides', async () => {
  const { stdout, stderr } = await sallyport(['client', 'new-secret', 'billing'])
  const secret = Buffer.from(new Uint8Array(32).fill(7)).toString('base64url')
  expect(stdout.split(secret)).toHaveLength(2)
  expect(stderr).toBe('')
})
