import { beforeAll, describe, expect, test } from 'vitest'
import { fail, ok } from '../../src/base/result.ts'
import type { CompiledPolicy } from '../../src/policy/model.ts'
import { testApp } from '../support/app.ts'
import { compiled, gatewayYaml } from '../support/example.ts'
import { basic } from '../support/facts.ts'

const upstreamYaml = `
policy_format: 1
upstream:
  name: api
  title: API
  prefix: /api
  origin: https://api.example
  errors: vendor
  deny_list: [203.0.113.66]
client_features: { owner: everything }
rate_groups:
  few: { period: 1m, rate: 2, burst: 2, per: client }
  unsure: { period: 1m, rate: 2, burst: 2, per: client, on_failure: open }
routes:
  things:
    doc: things
    paths: [/things, "/things/{id}"]
    auth: basic
    respects_allow_list: true
    callers: { GET: [owner], PUT: [owner] }
    rate_group: few
  open:
    doc: open
    paths: [/open]
    auth: none
    why_no_auth: a test
    respects_allow_list: false
    callers: { GET: anyone }
    rate_group: unsure
  inner:
    doc: only from the office
    paths: [/inner]
    auth: basic
    respects_allow_list: false
    callers: { GET: [owner] }
    allow_list: [198.51.100.0/24]
clients:
  acme:
    upstream: api
    client_id: "acme"
    features: [owner]
    allow_list: [192.0.2.0/24]
    secrets: upstream
  plain:
    upstream: api
    client_id: "plain"
    allow_list: any
    secrets: upstream
  off:
    upstream: api
    client_id: "off"
    enabled: false
    allow_list: any
    secrets: upstream
error_bodies:
  vendor:
    denied: { body: { error: denied, request_id: "\${request_id}" } }
    address: { status: 500, body: { message: Internal Server Error } }
    not_found: { body: { error: nothing here } }
    rate_limited: { body: { error: Too many requests, wait: "\${retry_after}" } }
`

let policy: CompiledPolicy

beforeAll(async () => {
  const forwarding = upstreamYaml.replace('errors: vendor\n', 'errors: vendor\n  authorization: forward\n')
  policy = await compiled({ 'gateway.yaml': gatewayYaml, 'api.yaml': forwarding })
})

const from = { headers: { 'cf-connecting-ip': '192.0.2.1' } }
const as = (client: string, address = '192.0.2.1') => ({
  headers: { authorization: basic(client, 'x'), 'cf-connecting-ip': address },
})

describe('an allowed request', () => {
  test('is forwarded once, with what the gateway says of it, and answered with what came back', async () => {
    const app = testApp(policy)
    const response = await app.request('/api/things/7?a=b', as('acme'))
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('from upstream')
    expect(response.headers.get('x-kept')).toBe('1')
    expect(response.headers.get('server')).toBeNull()
    expect(response.headers.get('x-request-id')).toBe('72gnhpkttcjgc3ns')
    expect(app.sent).toHaveLength(1)
    expect(app.sent[0]).toMatchObject({ url: 'https://api.example/things/7?a=b', method: 'GET', body: null })
    expect(Object.fromEntries(app.sent[0]?.headers ?? [])).toEqual({
      authorization: basic('acme', 'x'),
      'x-request-id': '72gnhpkttcjgc3ns',
      'x-sallyport-client': 'acme',
    })
  })

  test('carries its limits', async () => {
    const { headers } = await testApp(policy).request('/api/things', as('acme'))
    expect(headers.get('x-ratelimit-limit')).toBe('2')
    expect(headers.get('x-ratelimit-remaining')).toBe('1')
    expect(headers.get('x-ratelimit-reset')).toBe('30')
    expect(headers.get('ratelimit-policy')).toBe('"few";q=2;w=60')
    expect(headers.get('ratelimit')).toBe('"few";r=1;t=30')
    expect(headers.get('retry-after')).toBeNull()
  })

  test.each([
    [0.25, 0.2499, 1],
    [0.25, 0.25, 0],
    [1, 0.999, 1],
    [0, 0, 0],
  ])('with a share of %d logged and the sample %d: %d lines', async (allowed, drawn, lines) => {
    const sampled = { ...policy, decisionLog: { ...policy.decisionLog, allowed } }
    const app = testApp(sampled, { sample: () => drawn })
    await app.request('/api/things', as('acme'))
    expect(app.logged).toHaveLength(lines)
  })
})

describe('a refusal', () => {
  test.each([
    [
      'the vendor’s own status and body for an address',
      '/api/things',
      as('acme', '203.0.113.9'),
      500,
      { message: 'Internal Server Error' },
    ],
    [
      'the documented body for a feature',
      '/api/things',
      as('plain'),
      403,
      { error: 'denied', request_id: '72gnhpkttcjgc3ns' },
    ],
    [
      'the same for a disabled client',
      '/api/things',
      as('off'),
      403,
      { error: 'denied', request_id: '72gnhpkttcjgc3ns' },
    ],
    [
      'the upstream’s words where its prefix covers an unknown path',
      '/api/nothing',
      as('acme'),
      404,
      { error: 'nothing here' },
    ],
    [
      'the upstream’s list before any credentials',
      '/api/things',
      { headers: { 'cf-connecting-ip': '203.0.113.66' } },
      500,
      { message: 'Internal Server Error' },
    ],
    [
      'the route’s list before any credentials',
      '/api/inner',
      { headers: { 'cf-connecting-ip': '192.0.2.1' } },
      500,
      { message: 'Internal Server Error' },
    ],
  ])('%s', async (_, path, init, status, body) => {
    const app = testApp(policy)
    const response = await app.request(path, init)
    expect(response.status).toBe(status)
    expect(await response.json()).toEqual(body)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(app.sent).toEqual([])
    expect(app.logged).toHaveLength(1)
    expect(app.logged[0]).toMatchObject({ decision: 'denied', status, request_id: '72gnhpkttcjgc3ns' })
  })

  test('a path of no upstream is a problem document', async () => {
    const response = await testApp(policy).request('/elsewhere')
    expect(response.status).toBe(404)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
  })

  test('a 401 says how to authenticate, a 405 what is allowed', async () => {
    const app = testApp(policy)
    const unknown = await app.request('/api/things', from)
    expect(unknown.status).toBe(401)
    expect(unknown.headers.get('www-authenticate')).toBe('Basic realm="sallyport", charset="UTF-8"')
    const method = await app.request('/api/things', { ...as('acme'), method: 'PATCH' })
    expect(method.status).toBe(405)
    expect(method.headers.get('allow')).toBe('GET, PUT, HEAD')
  })

  test('past the rate: 429 with the wait in header and body', async () => {
    const app = testApp(policy)
    const statuses = []
    for (let at = 0; at < 2; at++) statuses.push((await app.request('/api/things', as('acme'))).status)
    const refused = await app.request('/api/things', as('acme'))
    expect([...statuses, refused.status]).toEqual([200, 200, 429])
    expect(refused.headers.get('retry-after')).toBe('30')
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0')
    expect(await refused.json()).toEqual({ error: 'Too many requests', wait: '30' })
    expect(app.logged.at(-1)).toMatchObject({
      reason: 'rate_limited',
      step: 'rate',
      client: 'acme',
      rate_group: 'few',
    })
  })

  test('the log names the pattern and the place of the route, never the path or the secret', async () => {
    const app = testApp(policy)
    await app.request('/api/things/private-id?token=x', as('plain'))
    expect(app.logged[0]).toMatchObject({
      reason: 'feature_missing',
      step: 'features',
      route: 'api/things',
      path: '/api/things/{id}',
      client: 'plain',
      at: expect.stringMatching(/^api\.yaml:\d+$/),
    })
    expect(JSON.stringify(app.logged)).not.toMatch(/private-id|token|Basic/)
  })
})

describe('when something is missing', () => {
  test('no policy: everything is 503', async () => {
    const response = await testApp(undefined).request('/api/things', as('acme'))
    expect(response.status).toBe(503)
  })

  test.each([
    ['upstream_timeout' as const, 504],
    ['upstream_unreachable' as const, 502],
  ])('%s is %d, and logged whatever the sample', async (reason, status) => {
    const app = testApp(policy, { upstream: { send: async () => fail({ reason }) }, sample: () => 0.99 })
    const response = await app.request('/api/things', as('acme'))
    expect(response.status).toBe(status)
    expect(response.headers.get('x-ratelimit-limit')).toBe('2')
    expect(app.logged).toHaveLength(1)
    expect(app.logged[0]).toMatchObject({ decision: 'allowed', reason, status })
  })

  test('a limiter out of reach: the group’s own choice, and operators are told', async () => {
    const app = testApp(policy, { limiter: { take: () => ({ admitted: 'unknown', why: 'overloaded' }) } })
    const response = await app.request('/api/open', from)
    expect(response.status).toBe(200)
    expect(response.headers.get('x-ratelimit-remaining')).toBeNull()
    expect(app.degraded).toEqual([{ group: 'unsure', to: 'open', why: 'overloaded' }])
  })

  test('a limiter out of reach: a failed authentication is refused, and operators are told that it was not counted', async () => {
    const app = testApp(policy, { limiter: { take: () => ({ admitted: 'unknown', why: 'overloaded' }) } })
    const response = await app.request('/api/things', {
      headers: { authorization: basic('nobody', 'x'), 'cf-connecting-ip': '192.0.2.1' },
    })
    expect(response.status).toBe(401)
    expect(app.degraded).toEqual([{ group: 'failed_auth', to: 'open', why: 'overloaded' }])
  })

  test('an exception is a 500 that says nothing, and is reported', async () => {
    const bug = new Error('a secret detail')
    const app = testApp(policy, {
      upstream: {
        send: () => {
          throw bug
        },
      },
    })
    const response = await app.request('/api/things', as('acme'))
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('secret detail')
    expect(app.reported).toEqual([bug])
  })

  test('a body that was read is passed on', async () => {
    const bodies: unknown[] = []
    const app = testApp(policy, {
      upstream: {
        send: async ({ body }) => {
          bodies.push(await new Response(body).text())
          return ok(new Response(null, { status: 204 }))
        },
      },
    })
    const response = await app.request('/api/things', { ...as('acme'), method: 'PUT', body: '{"a":1}' })
    expect(response.status).toBe(204)
    expect(bodies).toEqual(['{"a":1}'])
  })
})
