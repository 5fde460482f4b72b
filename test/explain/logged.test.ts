/** What is told of a line of the log: by the policy that wrote it, the line's own decision; by another, what is certain. */
import { beforeAll, expect, test } from 'vitest'
import { explainLine } from '../../src/explain/logged.ts'
import type { Explained } from '../../src/explain/steps.ts'
import { compileTexts } from '../../src/policy/compile.ts'
import { loggedDecision } from '../../src/replay/log.ts'
import { NOW } from '../support/cli.ts'
import { gatewayYaml } from '../support/example.ts'

const UP = `
policy_format: 1
upstream: { name: up, title: Upstream, prefix: /, origin: "https://up.example" }
client_features: { read: reads, write: writes }
tokens:
  id: { issuer: "https://id.example", audience: api, jwks_uri: "https://id.example/keys" }
routes:
  items:
    paths: [/items, "/items/{id}", /items/x, /items/x/**]
    auth: basic
    respects_allow_list: true
    callers: { GET: [read, write], PUT: [write] }
  reports:
    paths: [/reports/**]
    auth: token
    token: id
    respects_allow_list: false
    callers: { GET: [scope:reports.read, scope:reports.all] }
clients:
  reader:
    upstream: up
    client_id: "reader"
    features: [read]
    allow_list: [192.0.2.0/25]
    deny_list: [192.0.2.64/28]
    secrets: upstream
`

let explained: Explained

beforeAll(async () => {
  const { policy, sources, problems } = await compileTexts({ 'gateway.yaml': gatewayYaml, 'up.yaml': UP })
  if (!policy || !sources) throw new Error(JSON.stringify(problems))
  explained = { policy, sources }
})

const ITEMS = { method: 'GET', path: '/items', route: 'up/items', client: 'reader', address: '192.0.2.1' }
const REPORTS = { method: 'GET', path: '/reports/**', route: 'up/reports', address: '192.0.2.1' }
const NOWHERE = { method: 'GET', path: '/nowhere', address: '192.0.2.1' }
const denied = (reason: string, step: string, why?: string) => ({ decision: 'denied', reason, step, why })

async function told(line: Readonly<Record<string, unknown>>, policy = explained.policy.digest) {
  const whole = { ts: '2026-11-22T10:00:00Z', request_id: 'one', decision: 'allowed', policy, ...line }
  const read = loggedDecision(JSON.stringify(whole))
  if (read === undefined) throw new Error('no decision')
  const { explanation, question, unknown } = await explainLine(read, explained, NOW)
  const { outcome, reason, steps } = explanation
  const last = steps.at(-1)
  return {
    question,
    unknown,
    told: { outcome, reason, last: `${last?.verdict} ${last?.step} ${last?.words}` },
  }
}

test.each([
  ['allowed', ITEMS, 'allowed', undefined, 'may rate'],
  [
    'no credentials',
    { ...ITEMS, client: undefined, ...denied('credentials_missing', 'credentials') },
    'denied',
    'credentials_missing',
    'fail credentials credentials missing, says the log',
  ],
  [
    'wrong ones',
    { ...ITEMS, client: undefined, ...denied('credentials_invalid', 'credentials', 'unknown client id') },
    'denied',
    'credentials_invalid',
    'fail credentials unknown client id',
  ],
  [
    'an address outside',
    { ...ITEMS, address: '192.0.2.200', ...denied('address_not_allowed', 'address') },
    'denied',
    'address_not_allowed',
    'fail address 192.0.2.200 is on none',
  ],
  [
    'a network that the lists cut, outside',
    { ...ITEMS, address: '192.0.2.0/24', ...denied('address_not_allowed', 'address') },
    'denied',
    'address_not_allowed',
    'fail address 192.0.2.128 is on none',
  ],
  [
    'the same, on the deny list',
    { ...ITEMS, address: '192.0.2.0/24', ...denied('address_denied', 'address') },
    'denied',
    'address_denied',
    'fail address 192.0.2.64',
  ],
  ['the same, let through', { ...ITEMS, address: '192.0.2.0/24' }, 'allowed', undefined, 'may rate'],
  [
    'no readable address',
    { ...ITEMS, address: undefined, ...denied('address_denied', 'address') },
    'denied',
    'address_denied',
    'fail address',
  ],
  [
    'a feature',
    { ...ITEMS, method: 'PUT', ...denied('feature_missing', 'features') },
    'denied',
    'feature_missing',
    'fail features has [read], needs one of [write]',
  ],
  ['a scope that was there', REPORTS, 'allowed', undefined, 'may rate'],
  [
    'and one that was not',
    { ...REPORTS, ...denied('scope_missing', 'features') },
    'denied',
    'scope_missing',
    'fail features has [], needs one of [reports.read, reports.all]',
  ],
  [
    'an upgrade',
    { ...ITEMS, client: undefined, ...denied('upgrade_refused', 'method') },
    'denied',
    'upgrade_refused',
    'fail method',
  ],
  [
    'a limit',
    { ...ITEMS, ...denied('rate_limited', 'rate') },
    'denied',
    'rate_limited',
    'fail rate rate limited, says the log',
  ],
  [
    'a path of no route',
    { ...NOWHERE, ...denied('unknown_route', 'route') },
    'denied',
    'unknown_route',
    'fail route',
  ],
  [
    'one that the log has cut',
    { ...NOWHERE, path: `/${'a'.repeat(255)}`, ...denied('bad_path', 'path', 'empty_segment') },
    'denied',
    'bad_path',
    'fail path empty_segment',
  ],
  [
    'a request that could not be read',
    { method: 'GET', path: '', ...denied('bad_request', 'path', 'the Host header is not name[:port]') },
    'denied',
    'bad_request',
    'fail path the Host header',
  ],
])('%s: as the line says', async (_, line, outcome, reason, last) => {
  const explained = await told(line)
  expect(explained.told).toEqual({
    outcome,
    reason,
    last: expect.stringMatching(new RegExp(`^${last.replaceAll(/[[\]().]/g, '\\$&')}`)),
  })
  expect(explained.unknown).not.toContainEqual(expect.stringContaining('another policy'))
})

test.each([
  ['the credentials', { ...ITEMS, client: undefined, ...denied('credentials_missing', 'credentials') }],
  ['the address', { ...ITEMS, address: '192.0.2.0/24', ...denied('address_denied', 'address') }],
  ['the scopes', { ...REPORTS, ...denied('scope_missing', 'features') }],
  ['the end of the path', { ...NOWHERE, path: `/${'a'.repeat(255)}`, ...denied('bad_path', 'path') }],
  ['the request', { method: 'GET', path: '', ...denied('bad_request', 'path') }],
])('by another policy: without %s the decision is open', async (_, line) => {
  const { told: explanation, unknown } = await told(line, 'sha256:0000')
  expect(explanation.outcome).toBe('may')
  expect(unknown[0]).toBe('another policy decided then: sha256:0000')
})

test('a path is made up that no other pattern takes', async () => {
  const { question } = await told({ ...ITEMS, path: '/items/{id}' })
  expect(question.request.path).toBe('/items/xx')
})
