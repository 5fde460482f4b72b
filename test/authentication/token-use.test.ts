/** A token through the whole gateway: what is looked at anew at every use, and how a refusal looks from outside. */
import { beforeAll, describe, expect, test } from 'vitest'
import { fail, ok } from '../../src/base/result.ts'
import { policyRegistry } from '../../src/clients/memory.ts'
import type { CompiledPolicy } from '../../src/policy/model.ts'
import { testApp } from '../support/app.ts'
import { compiled, gatewayYaml } from '../support/example.ts'

const yaml = (enabled: boolean, disabledTokens = 'refuse') => `
policy_format: 1
upstream:
  name: api
  title: API
  prefix: /api
  origin: https://api.example
  errors: vendor
  disabled_client_tokens: ${disabledTokens}
client_features: { owner: everything }
tokens:
  opaque:
    issuer: https://issuer.example
    audience: api
    client_id_claim: client_id
    introspection:
      endpoint: https://issuer.example/introspect
      client_id: gateway
      client_secret: "\${GATEWAY_SECRET}"
routes:
  things:
    doc: things
    paths: [/things]
    auth: token
    token: opaque
    respects_allow_list: true
    callers: { GET: [owner], POST: ["scope:write", "scope:admin"] }
clients:
  acme:
    upstream: api
    client_id: "acme"
    enabled: ${enabled}
    features: [owner]
    allow_list: [192.0.2.0/24]
    secrets: upstream
error_bodies:
  vendor:
    upstream_unavailable: { body: { error: busy, wait: "\${retry_after}" } }
`

let policy: CompiledPolicy
let disabled: CompiledPolicy
let lenient: CompiledPolicy

beforeAll(async () => {
  const load = (text: string) => compiled({ 'gateway.yaml': gatewayYaml, 'api.yaml': text })
  ;[policy, disabled, lenient] = await Promise.all([
    load(yaml(true)),
    load(yaml(false)),
    load(yaml(false, 'until_expiry')),
  ])
})

const answer = { active: true, client_id: 'acme', scope: 'read' }
const headers = (address = '192.0.2.10') => ({
  authorization: 'Bearer opaque-token-of-acme',
  'cf-connecting-ip': address,
})

/** A gateway whose issuer counts how often it is asked. */
function gateway(changes: Parameters<typeof testApp>[1] = {}, of = policy) {
  const asked: string[] = []
  const app = testApp(of, {
    introspect: async (_, token) => {
      asked.push(token)
      return ok(answer)
    },
    ...changes,
  })
  return { app, asked }
}

describe('with the token remembered', () => {
  test('a client that was disabled is refused at the next use (T3)', async () => {
    let current = policyRegistry(policy.clients)
    const { app, asked } = gateway({ registry: { find: (...which) => current.find(...which) } })
    expect((await app.request('/api/things', { headers: headers() })).status).toBe(200)
    current = policyRegistry(disabled.clients)
    expect((await app.request('/api/things', { headers: headers() })).status).toBe(403)
    current = policyRegistry(policy.clients)
    expect((await app.request('/api/things', { headers: headers() })).status).toBe(200)
    expect(asked).toHaveLength(1)
  })

  test('its addresses and its rights are asked each time (T1, T4, T5)', async () => {
    const { app, asked } = gateway()
    const statuses = [
      (await app.request('/api/things', { headers: headers() })).status,
      (await app.request('/api/things', { headers: headers('203.0.113.9') })).status,
      (await app.request('/api/things', { headers: headers(), method: 'POST' })).status,
    ]
    expect(statuses).toEqual([200, 403, 403])
    expect(asked).toHaveLength(1)
  })
})

test.each([
  ['refuses a disabled client', () => disabled, 403],
  ['lets a live token of a disabled client end, where the vendor does', () => lenient, 200],
])('a policy that was loaded anew %s', async (_, of, status) => {
  const { app } = gateway({}, of())
  expect((await app.request('/api/things', { headers: headers() })).status).toBe(status)
})

describe('a refusal', () => {
  test('for want of a scope names what would be enough (RFC 6750 section 3.1)', async () => {
    const response = await gateway().app.request('/api/things', { headers: headers(), method: 'POST' })
    expect(response.headers.get('www-authenticate')).toBe(
      'Bearer realm="sallyport", error="insufficient_scope", scope="write admin"',
    )
  })

  test('of an issuer that cannot be asked is a 503 in the vendor’s words, and nobody’s fault', async () => {
    const charged: string[] = []
    const { app } = gateway({
      introspect: async () => fail('introspection failed: no answer in time'),
      limiter: {
        take: ([charge]) => {
          charged.push(charge?.group ?? '')
          return { admitted: 'unknown', why: 'a test' }
        },
      },
    })
    const response = await app.request('/api/things', { headers: headers() })
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('5')
    expect(response.headers.get('www-authenticate')).toBeNull()
    expect(await response.json()).toEqual({ error: 'busy', wait: '5' })
    expect(charged).toEqual([])
    expect(app.logged[0]).toMatchObject({
      reason: 'issuer_unavailable',
      why: 'introspection failed: no answer in time',
      step: 'credentials',
      status: 503,
    })
  })

  test.each([
    ['nothing was sent', {}, 'Bearer realm="sallyport"'],
    ['it is no token', { authorization: 'Bearer x' }, 'Bearer realm="sallyport", error="invalid_token"'],
    ['it is Basic', { authorization: 'Basic YTpi' }, 'Bearer realm="sallyport", error="invalid_token"'],
  ])('because %s', async (_, sent, challenge) => {
    const response = await gateway().app.request('/api/things', { headers: sent })
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, challenge])
  })
})
