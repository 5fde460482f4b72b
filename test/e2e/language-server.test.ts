/**
 * The editor says what `validate` says: the YAML language server with the schema that the policy files name, on good
 * files and on bad ones. What `validate` finds beyond the shape of a file, no schema can say.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { initialFiles } from '../../src/cli/init-files.ts'
import { compileTexts } from '../../src/policy/compile.ts'
import type { Problem } from '../../src/source/problem.ts'
import { type Completion, type LanguageServer, startLanguageServer } from '../support/language-server.ts'

let server: LanguageServer
beforeAll(async () => {
  server = await startLanguageServer()
})
afterAll(() => server?.stop())

/** A file that is not there: only its place counts, from which the first line names the schema. */
const FILE = 'policies/example.yaml'
const MODELINE = '# yaml-language-server: $schema=./.schema/policy-v1.json\n'
const HEAD = `${MODELINE}policy_format: 1\n`

const yamlBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => join(folder, file))

test.concurrent.each([...yamlBelow('policies'), ...yamlBelow('demo/policies')])(
  'nothing is wrong with %s',
  async (file) => {
    const text = readFileSync(file, 'utf8')
    expect(text).toMatch(/^# yaml-language-server: \$schema=\S+\/policy-v1\.json\n/)
    expect(await server.diagnose(file, text)).toEqual([])
  },
)

const initial = initialFiles('policies').filter(
  ({ path }) => path.startsWith('policies/') && path.endsWith('.yaml'),
)

test.concurrent.each(initial)('nothing is wrong with $path as `init` writes it', async ({ path, text }) => {
  expect(await server.diagnose(path, text)).toEqual([])
})

const linesOf = (numbers: readonly number[]): readonly number[] =>
  [...new Set(numbers)].toSorted((a, b) => a - b)

const editorLines = async (text: string): Promise<readonly number[]> =>
  linesOf((await server.diagnose(FILE, text)).map(({ range }) => range.start.line + 1))

const problemsIn = async (text: string): Promise<readonly Problem[]> =>
  (await compileTexts({ [FILE]: text })).problems

/** A field that is not one, a value that is none, a field that is missing, a name that is none. */
const isShape = ({ code }: Problem): boolean => ['P0101', 'P0102', 'P0103', 'P0104', 'P0105'].includes(code)

const CLIENT = 'upstream: up, client_id: "a", allow_list: any'
const ROUTE = 'paths: [/a], auth: basic, respects_allow_list: true'
const GROUP = 'period: 1m, rate: 1, burst: 1'
const HASH = `hash: "sha256:${'0'.repeat(64)}"`

/** Each is wrong in its last line. */
const bad: readonly [what: string, text: string][] = [
  ['an unknown block', 'route: {}'],
  ['an unknown field', 'gateway:\n  default_rategroup: public'],
  [
    'an unknown field deep inside',
    `rate_groups:\n  g: { ${GROUP}, average: { ovr: 3h, over: 3h, rate: 1 } }`,
  ],
  ['an unknown field in a list', 'tests:\n  - { allow: [GET /a] }'],
  ['text for a number', 'rate_groups:\n  g: { period: 1m, rate: many, burst: 1 }'],
  [
    'a number for text',
    'clients:\n  a: { upstream: up, client_id: 0081e12, allow_list: any, secrets: none }',
  ],
  [
    'text for true or false',
    'routes:\n  a: { paths: [/a], auth: basic, respects_allow_list: no, callers: { GET: [a] } }',
  ],
  [
    'text for a list',
    `routes:\n  a: { paths: /a, auth: basic, respects_allow_list: true, callers: { GET: [a] } }`,
  ],
  ['a list for a map', 'routes: [a]'],
  ['a map for text', 'gateway:\n  default_rate_group: { name: public }'],
  ['a value of no list', `clients:\n  a: { ${CLIENT}, secrets: non }`],
  [
    'an unknown kind of authentication',
    `routes:\n  a: { paths: [/a], auth: bearer, respects_allow_list: true, callers: {} }`,
  ],
  ['an unknown thing to count by', `rate_groups:\n  g: { ${GROUP}, per: ip }`],
  ['one in a list', `rate_groups:\n  g: { ${GROUP}, per: [client, ip] }`],
  ['another format', 'gateway: {}'],
  ['an unknown class of reason', 'error_bodies:\n  a: { forbidden: { status: 403 } }'],
  ['an unknown reason in a test', 'tests:\n  - denied: { feature_misssing: [GET /a] }'],
  ['a reason that no test comes to', 'tests:\n  - denied: { rate_limited: [GET /a] }'],
  ['a status that refuses nothing', 'error_bodies:\n  a: { denied: { status: 302 } }'],
  ['a length of time without a unit', 'rate_groups:\n  g: { period: 60, rate: 1, burst: 1 }'],
  ['a length of time that is none', 'rate_groups:\n  g: { period: 1 minute, rate: 1, burst: 1 }'],
  ['a share that is none', 'gateway:\n  decision_log: { allowed: 0.1 }'],
  ['a share of too much', 'gateway:\n  decision_log: { allowed: 101% }'],
  ['a rate of nothing', 'rate_groups:\n  g: { period: 1m, rate: 0, burst: 1 }'],
  ['half a request', 'rate_groups:\n  g: { period: 1m, rate: 0.5, burst: 1 }'],
  ['too many objects', 'gateway:\n  limiter: { shards: 5000 }'],
  ['a size that is none', `routes:\n  a: { ${ROUTE}, body_limit: 64KB, callers: { GET: [a] } }`],
  [
    'a date that is none',
    `clients:\n  a: { ${CLIENT}, secrets: [{ ${HASH}, generated_bits: 256, expires: 1/2/2027 }] }`,
  ],
  [
    'a hash that is none',
    `clients:\n  a: { ${CLIENT}, secrets: [{ hash: s3cret, generated_bits: 256, expires: 2027-02-01 }] }`,
  ],
  ['a trial without an end', `routes:\n  a: { ${ROUTE}, report_only: true, callers: { GET: [a] } }`],
  ['a secret in the policy', 'tokens:\n  t: { issuer: "https://a", audience: a, secret: hunter2 }'],
  ['a name that is none', 'networks:\n  "my office": [192.0.2.1]'],
  [
    'an upstream with a name that is none',
    'upstream: { name: "a b", title: A, prefix: /a, origin: "https://a" }',
  ],
  ['a host with a port', 'upstream: { name: a, title: A, prefix: /a, origin: "https://a", hosts: ["a:80"] }'],
  [
    'an empty list of addresses',
    `clients:\n  a: { upstream: up, client_id: "a", allow_list: [], secrets: none }`,
  ],
  ['a number among addresses', 'networks:\n  office: [192]'],
  ['an address that YAML takes for a key', 'networks:\n  office: [{ ip: 192.0.2.1 }]'],
  [
    'an empty list of paths',
    `routes:\n  a: { paths: [], auth: basic, respects_allow_list: true, callers: { GET: [a] } }`,
  ],
  ['callers of no method', `routes:\n  a: { ${ROUTE}, callers: {} }`],
  ['a method without callers', `routes:\n  a: { ${ROUTE}, callers: { GET: [] } }`],
  ['a route without callers', `routes:\n  a: { ${ROUTE} }`],
  ['a client without secrets', `clients:\n  a: { ${CLIENT} }`],
  ['a client without a list', 'clients:\n  a: { upstream: up, client_id: "a", secrets: none }'],
  ['an upstream without an origin', 'upstream: { name: a, title: A, prefix: /a }'],
  ['a field without a value', `gateway:\n  default_rate_group:`],
]

test.concurrent.each(bad)('%s is said on the line where `validate` says it', async (what, text) => {
  const whole = what === 'another format' ? `${MODELINE}policy_format: 2\n` : `${HEAD}${text}\n`
  const last = whole.split('\n').length - 1
  const problems = await problemsIn(whole)
  const shape = problems.filter(isShape).concat(problems.filter(({ code }) => code === 'P0501'))
  expect(linesOf(shape.map(({ place }) => place.line))).toEqual([last])
  expect(await editorLines(whole)).toEqual([last])
})

test('a text of the wrong form is answered in the same words', async () => {
  const text = `${HEAD}gateway:\n  decision_log: { allowed: half }\n`
  const [diagnostic] = await server.diagnose(FILE, text)
  const [problem] = (await problemsIn(text)).filter(isShape)
  expect(problem?.message).toBe(`\`allowed\` ${diagnostic?.message}`)
})

/** No matter of shape: a bound of a length of time, a day of the calendar, a number as programs read it, a taken name. */
const BEYOND =
  /must be at most|the calendar has|not every program|cannot (?:be|name)|is missing$|is empty|so no issuer/

/** Where a file cannot be read as YAML, or is of a newer format, `validate` says nothing else. */
const isUnreadable = ({ code, message }: Problem): boolean =>
  code === 'P0003' || code === 'P0004' || message.includes('is newer than')

/** What follows from a field that is misspelt, `validate` keeps to itself. */
const CONSEQUENCE = /^Missing property/

test.concurrent.each(yamlBelow('test/golden/policy'))(
  'of %s neither leaves out what the other says',
  async (file) => {
    const text = `${MODELINE}${readFileSync(file, 'utf8')}`
    const problems = await problemsIn(text)
    const diagnostics = await server.diagnose(FILE, text)
    const inEditor = diagnostics.map(({ range }) => range.start.line + 1)
    const shape = problems.filter((each) => isShape(each) && !BEYOND.test(each.message))
    const notInEditor = shape.filter(({ place }) => !inEditor.includes(place.line))
    const byValidate = problems.map(({ place }) => place.line)
    const notByValidate = diagnostics.filter(
      ({ range, message }) => !byValidate.includes(range.start.line + 1) && !CONSEQUENCE.test(message),
    )
    expect({ notInEditor, notByValidate: problems.some(isUnreadable) ? [] : notByValidate }).toEqual({
      notInEditor: [],
      notByValidate: [],
    })
  },
)

/** What is offered where the text has an `@`. */
async function offered(text: string): Promise<readonly Completion[]> {
  const whole = HEAD + text
  const before = whole.slice(0, whole.indexOf('@')).split('\n')
  return server.complete(FILE, whole.replace('@', ''), {
    line: before.length - 1,
    character: before.at(-1)?.length ?? 0,
  })
}

test.each([
  ['a file', '@', ['gateway', 'clients', 'upstream', 'routes', 'tests', 'invariants']],
  ['a route', 'routes:\n  a:\n    @', ['paths', 'auth', 'respects_allow_list', 'callers', 'rate_group']],
  [
    'a client',
    'clients:\n  a:\n    @',
    ['upstream', 'client_id', 'features', 'allow_list', 'deny_list', 'secrets'],
  ],
  ['a secret', 'clients:\n  a:\n    secrets:\n      - @', ['hash', 'generated_bits', 'expires', 'note']],
  ['a rate group', 'rate_groups:\n  a:\n    @', ['period', 'rate', 'burst', 'average', 'per', 'report_only']],
  ['a test', 'tests:\n  - @', ['name', 'client', 'from', 'allowed', 'denied', 'table']],
])('in %s our fields are offered, each with what it means', async (_, text, names) => {
  const items = await offered(text)
  for (const name of names) {
    expect(items.find(({ label }) => label === name)).toMatchObject({
      documentation: expect.stringMatching(/\w\.$/),
    })
  }
})

test.each([
  [
    'kinds of authentication',
    'routes:\n  a:\n    auth: @',
    ['basic', 'client_id', 'client', 'token', 'none'],
  ],
  [
    'classes of reasons',
    'error_bodies:\n  a:\n    @',
    ['unauthenticated', 'address', 'denied', 'rate_limited'],
  ],
  ['reasons', 'tests:\n  - denied:\n      @', ['address_not_allowed', 'feature_missing', 'unknown_route']],
  ['true and false', 'routes:\n  a:\n    respects_allow_list: @', ['true', 'false']],
])('%s are offered by name', async (_, text, names) => {
  const labels = (await offered(text)).map(({ label }) => label)
  expect(labels).toEqual(expect.arrayContaining(names))
})
