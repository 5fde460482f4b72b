/** Tokens on the production runtime, with an issuer on loopback. The rows T1 to T9 of docs/threats.md are named. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { compiled } from '../support/example.ts'
import { CF_HEADER, type Gateway, startGateway } from '../support/gateway.ts'
import { type Issuer, introspecting, startIssuer } from '../support/issuer.ts'
import {
  FINGERPRINT,
  ISSUER,
  type Recipe,
  SECRET,
  SECRET_VARIABLE,
  THUMBPRINT,
  type TokenKeys,
  tokenKeys,
  vectors,
} from '../support/token-recipes.ts'
import { type EchoUpstream, echoUpstream } from '../support/upstream.ts'

let issuer: Issuer
let upstream: EchoUpstream
let gateway: Gateway
let keys: TokenKeys

const gatewayYaml = `
policy_format: 1
gateway:
  default_rate_group: wide
  failed_auth: { period: 1s, rate: 10000, burst: 10000 }
  decision_log: { denials: all, allowed: 100%, client_address: full }
rate_groups:
  wide: { period: 1m, rate: 600000, burst: 600000, per: client }
clients:
  acme: { upstream: api, client_id: "acme", features: [owner, reader], allow_list: [192.0.2.0/24], secrets: upstream }
  plain: { upstream: api, client_id: "plain", features: [reader], allow_list: any, secrets: upstream }
  retired: { upstream: api, client_id: "retired", enabled: false, features: [reader], allow_list: any, secrets: upstream }
`

const ALL = 'algorithms: [RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA]'
const withKeys = (path: string, more: string, iss = ISSUER) =>
  `{ issuer: "${iss}", audience: [gateway, second], jwks_uri: "${issuer.url}${path}", ${more} }`
const withIntrospection = (path: string, more = '') =>
  `{ issuer: "${ISSUER}", audience: gateway, client_id_claim: client_id, introspection: { endpoint: "${path}", client_id: gateway, client_secret: "\${GATEWAY_SECRET}" }${more} }`

/** The issuers of the vectors, and one for each thing that can happen to an issuer. */
const issuersOf = (): Readonly<Record<string, string>> => ({
  main: withKeys('/keys', ALL),
  narrow: withKeys('/keys', 'algorithms: [ES256]'),
  strict: withKeys('/keys', `type: at+jwt, ${ALL}`),
  other: withKeys('/keys', ALL, 'https://issuer.example/other'),
  shared: `{ issuer: "${ISSUER}", audience: [gateway, second], secret: "\${${SECRET_VARIABLE}}", algorithms: [HS256, HS384, HS512] }`,
  storm: withKeys('/keys/storm', ALL),
  rotating: withKeys('/keys/rotating', ALL),
  slow: withKeys('/keys/slow', ALL),
  elsewhere: withKeys('/keys/elsewhere', ALL),
  clients: withKeys('/keys', `client_id_claim: client_id, ${ALL}`),
  opaque: withIntrospection(`${issuer.url}/introspect`),
  twin: withIntrospection(`${issuer.url}/introspect/twin`),
  both: withIntrospection(`${issuer.url}/introspect`, `, jwks_uri: "${issuer.url}/keys"`),
  closed: withIntrospection('http://127.0.0.1:1/introspect'),
  silent: withIntrospection(`${issuer.url}/introspect/silent`),
  moved: withIntrospection(`${issuer.url}/introspect/moved`),
  endless: withIntrospection(`${issuer.url}/introspect/endless`),
  refusing: withIntrospection(`${issuer.url}/introspect/refusing`),
})

const NAMES_CLIENTS = ['clients', 'opaque', 'both', 'twin']

const routesOf = (name: string): string => `
  ${name}: { doc: ${name}, paths: [/${name}], auth: token, token: ${name}, respects_allow_list: false, callers: { GET: authenticated } }
  ${name}-scope: { doc: ${name}, paths: [/${name}/scope], auth: token, token: ${name}, respects_allow_list: false, callers: { GET: ["scope:read"], DELETE: ["scope:admin"] } }
${
  NAMES_CLIENTS.includes(name)
    ? `  ${name}-feature: { doc: ${name}, paths: [/${name}/feature], auth: token, token: ${name}, respects_allow_list: true, callers: { GET: [reader], DELETE: [owner] } }`
    : ''
}`

beforeAll(async () => {
  keys = await tokenKeys()
  issuer = await startIssuer()
  upstream = await echoUpstream()
  issuer.serve('/keys', keys.jwks)
  issuer.serve('/keys/storm', keys.jwks)
  const issuers = Object.entries(issuersOf())
  const policy = await compiled(
    {
      'gateway.yaml': `${gatewayYaml}tokens:\n${issuers.map(([name, block]) => `  ${name}: ${block}`).join('\n')}\n`,
      'api.yaml': `
policy_format: 1
upstream: { name: api, title: API, prefix: /, origin: "\${API_ORIGIN}" }
client_features: { owner: everything, reader: reads }
routes:${issuers.map(([name]) => routesOf(name)).join('')}
`,
    },
    { api: upstream.origin },
  )
  gateway = await startGateway(policy, {
    [SECRET_VARIABLE]: SECRET,
    GATEWAY_SECRET: 'introspection-secret',
  })
}, 120_000)

afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
  await issuer?.close()
})

beforeEach(() => upstream.forget())

const sign = (recipe: Partial<Recipe> = {}, by = keys): Promise<string> =>
  by.sign({ name: 'test', alg: 'ES256', ...recipe }, Math.floor(Date.now() / 1000))

const call = (path: string, token?: string, init: RequestInit = {}, address = '192.0.2.10') =>
  fetch(`${gateway.url}${path}`, {
    ...init,
    headers: {
      'cf-connecting-ip': address,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  })

/** The one line of the decision log for a response. */
const logged = (response: Response) => gateway.lineOf(response.headers.get('x-request-id'))

/** Runs `count` calls, at most `width` of them at a time. */
async function many<T>(count: number, width: number, make: (n: number) => Promise<T>): Promise<T[]> {
  const outcomes: T[] = []
  for (let from = 0; from < count; from += width) {
    const batch = Array.from({ length: Math.min(width, count - from) }, (_, n) => make(from + n))
    outcomes.push(...(await Promise.all(batch)))
  }
  return outcomes
}

describe('vectors', () => {
  /** Those within a second of the clock skew need a clock that stands still; the unit tests have one. */
  const isSteady = (recipe: Recipe) => !/now(?:-29|\+29|\+31)"/.test(JSON.stringify(recipe))

  test('every good token is served, without a certificate', async () => {
    for (const recipe of vectors.valid.filter(isSteady)) {
      const { status } = await call(`/${recipe.issuer ?? 'main'}`, await sign(recipe))
      expect([recipe.name, status]).toEqual([recipe.name, recipe.certificate === 'own' ? 401 : 200])
    }
  })

  test('every hostile token is refused with its reason, and reaches nobody (T6, T7, T9)', async () => {
    for (const recipe of vectors.hostile.filter(isSteady)) {
      const response = await call(`/${recipe.issuer ?? 'main'}`, await sign(recipe))
      const body = await response.text()
      expect([recipe.name, response.status]).toEqual([recipe.name, 401])
      expect(response.headers.get('www-authenticate')).toBe('Bearer realm="sallyport", error="invalid_token"')
      expect(body).toBe(
        `{"type":"about:blank","title":"Unauthorized","status":401,"request_id":"${response.headers.get('x-request-id')}"}`,
      )
      // No certificate reaches the runtime here, so that is what the bound ones lack.
      if (recipe.certificate === undefined)
        expect(await logged(response)).toMatchObject({ reason: 'credentials_invalid', why: recipe.why })
    }
    expect(upstream.seen).toEqual([])
    // Once for the first good token, and once for all key ids that nobody knows.
    expect(issuer.calls('/keys')).toBe(2)
  })
})

describe('keys', () => {
  test('a thousand tokens with random key ids cause one fetch (T8)', async () => {
    const statuses = await many(1000, 50, async () => {
      const token = await sign({ header: { kid: crypto.randomUUID() } })
      return (await call('/storm', token)).status
    })
    expect(new Set(statuses)).toEqual(new Set([401]))
    expect(issuer.calls('/keys/storm')).toBe(1)
    expect((await call('/storm', await sign())).status).toBe(200)
    expect(issuer.calls('/keys/storm')).toBe(1)
  })

  test('a rotation in the middle loses no request, nor does an issuer that is down then', async () => {
    const next = await tokenKeys('next-')
    issuer.serve('/keys/rotating', keys.jwks)
    const statuses = await many(200, 20, async (n) => {
      if (n === 100) issuer.serve('/keys/rotating', { keys: [...keys.jwks.keys, ...next.jwks.keys] })
      const claims = { jti: String(n) }
      return (await call('/rotating', await sign({ claims }, n >= 100 && n % 2 === 0 ? next : keys))).status
    })
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect(issuer.calls('/keys/rotating')).toBe(2)

    issuer.serve('/keys/rotating', (_, response) => response.destroy())
    const unknown = await call('/rotating', await sign({ header: { kid: 'after-next' } }))
    expect(unknown.status).toBe(503)
    expect(unknown.headers.get('retry-after')).toBe('5')
    expect(await logged(unknown)).toMatchObject({
      reason: 'issuer_unavailable',
      why: 'the keys of the issuer are out of reach',
    })
    const later = await many(100, 20, async (n) => {
      const claims = { jti: `down-${n}` }
      return (await call('/rotating', await sign({ claims }, n % 2 === 0 ? next : keys))).status
    })
    expect(new Set(later)).toEqual(new Set([200]))
    expect(issuer.calls('/keys/rotating')).toBe(3)
  })

  test('a caller that hangs up while it fetches keys takes nobody with it', async () => {
    issuer.serve('/keys/slow', (_, response) => {
      setTimeout(() => response.end(JSON.stringify(keys.jwks)), 1000)
    })
    const hangUp = new AbortController()
    const gone = call('/slow', await sign(), { signal: hangUp.signal }).catch(() => 'gone')
    await expect.poll(() => issuer.calls('/keys/slow')).toBe(1)
    const others = Array.from({ length: 20 }, async () => (await call('/slow', await sign())).status)
    await sleep(100)
    hangUp.abort()
    expect(await gone).toBe('gone')
    expect(new Set(await Promise.all(others))).toEqual(new Set([200]))
  })

  test('an issuer that sends the gateway elsewhere is not followed', async () => {
    issuer.serve('/keys/elsewhere', (_, response) =>
      response.writeHead(302, { location: '/keys/target' }).end(),
    )
    issuer.serve('/keys/target', keys.jwks)
    expect((await call('/elsewhere', await sign())).status).toBe(503)
    expect(issuer.calls('/keys/target')).toBe(0)
  })
})

describe('opaque tokens', () => {
  const active = { active: true, iss: ISSUER, aud: 'gateway', scope: 'read' }
  const tokens = {
    'opaque-token-of-acme': { ...active, client_id: 'acme' },
    'opaque-token-of-plain': { ...active, client_id: 'plain' },
    'opaque-token-of-retired': { ...active, client_id: 'retired' },
    'opaque-token-of-nobody': { ...active, client_id: 'nobody' },
    'opaque-token-elsewhere': { ...active, aud: 'elsewhere', client_id: 'acme' },
    'opaque-token-of-dpop': { ...active, client_id: 'acme', cnf: { jkt: 'x' } },
  }

  beforeAll(() => {
    issuer.serve('/introspect', introspecting(tokens))
    issuer.serve('/introspect/twin', introspecting({}))
    issuer.serve('/introspect/silent', () => {})
    issuer.serve('/introspect/moved', (_, response) =>
      response.writeHead(307, { location: '/introspect' }).end(),
    )
    issuer.serve('/introspect/endless', (_, response) =>
      response.end(`{"active":true,"x":"${'x'.repeat(70_000)}"}`),
    )
    issuer.serve('/introspect/refusing', (_, response) => response.writeHead(500).end('{"active":true}'))
  })

  test('are asked about once, and the rule is asked each time (T1, T4)', async () => {
    const before = issuer.calls('/introspect')
    expect((await call('/opaque/feature', 'opaque-token-of-plain')).status).toBe(200)
    expect((await call('/opaque/feature', 'opaque-token-of-plain', { method: 'DELETE' })).status).toBe(403)
    expect((await call('/opaque/scope', 'opaque-token-of-plain')).status).toBe(200)
    const short = await call('/opaque/scope', 'opaque-token-of-plain', { method: 'DELETE' })
    expect(short.status).toBe(403)
    expect(short.headers.get('www-authenticate')).toBe(
      'Bearer realm="sallyport", error="insufficient_scope", scope="admin"',
    )
    expect(issuer.calls('/introspect') - before).toBe(1)
  })

  test('of one issuer are nothing at the route of another (T2)', async () => {
    expect((await call('/opaque', 'opaque-token-of-plain')).status).toBe(200)
    expect((await call('/twin', 'opaque-token-of-plain')).status).toBe(401)
  })

  test('of a client count from its addresses only, primed or not (T5)', async () => {
    expect((await call('/opaque/feature', 'opaque-token-of-acme')).status).toBe(200)
    const outside = await call('/opaque/feature', 'opaque-token-of-acme', {}, '203.0.113.9')
    expect(outside.status).toBe(403)
    expect(await logged(outside)).toMatchObject({ reason: 'address_not_allowed', client: 'acme' })
  })

  test.each([
    ['of a client that is disabled (T3)', 'opaque-token-of-retired', 403, 'client_disabled', undefined],
    [
      'of a client that the policy does not know',
      'opaque-token-of-nobody',
      401,
      'credentials_invalid',
      'the token names no client of this upstream',
    ],
    ['for another audience', 'opaque-token-elsewhere', 401, 'credentials_invalid', 'another audience'],
    [
      'bound to a DPoP key',
      'opaque-token-of-dpop',
      401,
      'credentials_invalid',
      'bound to a DPoP key, and sent without a proof',
    ],
    ['that nobody issued', 'opaque-token-of-a-stranger', 401, 'credentials_invalid', 'not active'],
  ])('%s are refused', async (_, token, status, reason, why) => {
    const response = await call('/opaque/feature', token)
    expect(response.status).toBe(status)
    const line = await logged(response)
    expect([line['reason'], line['why']]).toEqual([reason, why])
    expect(upstream.seen).toEqual([])
  })

  test.each([
    ['closed', 'no answer'],
    ['silent', 'no answer in time'],
    ['moved', 'the answer is a 307'],
    ['endless', 'the answer is too long'],
    ['refusing', 'the answer is a 500'],
  ])('are refused when the endpoint is %s', async (name, why) => {
    const response = await call(`/${name}`, 'opaque-token-of-acme')
    expect(response.status).toBe(503)
    expect(await logged(response)).toMatchObject({
      reason: 'issuer_unavailable',
      why: `introspection failed: ${why}`,
    })
    expect(upstream.seen).toEqual([])
  })

  test('and JWTs of one issuer do not mix: a failed JWT is not asked about', async () => {
    const before = issuer.calls('/introspect')
    expect((await call('/both', 'opaque-token-of-plain')).status).toBe(200)
    expect((await call('/both', await sign({ mutation: 'another signature' }))).status).toBe(401)
    expect((await call('/both', await sign({ claims: { client_id: 'plain' } }))).status).toBe(200)
    expect(issuer.calls('/introspect') - before).toBe(1)
  })
})

describe('the client of a JWT', () => {
  const of = (client_id: string) => sign({ claims: { client_id } })

  test.each([
    ['from its own address', 'acme', '192.0.2.10', 'GET', 200],
    ['from another address (T5)', 'acme', '203.0.113.9', 'GET', 403],
    ['with the feature', 'acme', '192.0.2.10', 'DELETE', 200],
    ['without the feature', 'plain', '192.0.2.10', 'DELETE', 403],
    ['disabled', 'retired', '192.0.2.10', 'GET', 403],
    ['unknown', 'nobody', '192.0.2.10', 'GET', 401],
  ])('%s', async (_, client, address, method, status) => {
    expect((await call('/clients/feature', await of(client), { method }, address)).status).toBe(status)
  })
})

describe('a token that is bound to a certificate (RFC 8705)', () => {
  const certificate = (changes: Readonly<Record<string, string>> = {}) => ({
    certPresented: '1',
    certVerified: 'SUCCESS',
    certRevoked: '0',
    certSubjectDNRFC2253: 'CN=own',
    certFingerprintSHA256: FINGERPRINT,
    ...changes,
  })

  test.each([
    ['with it', certificate(), 200, undefined],
    [
      'with another',
      certificate({ certFingerprintSHA256: '0'.repeat(64) }),
      401,
      'bound to another client certificate',
    ],
    ['with it, revoked', certificate({ certRevoked: '1' }), 401, 'bound to another client certificate'],
    [
      'with it, self-signed',
      certificate({ certVerified: 'FAILED:self signed certificate' }),
      401,
      'bound to another client certificate',
    ],
    [
      'without any',
      { certPresented: '0', certVerified: 'NONE' },
      401,
      'bound to a client certificate, and none was presented',
    ],
  ])('%s', async (_, tlsClientAuth, status, why) => {
    const token = await sign({ claims: { cnf: { 'x5t#S256': THUMBPRINT } } })
    const response = await fetch(`${gateway.url}/main`, {
      headers: { authorization: `Bearer ${token}`, [CF_HEADER]: JSON.stringify({ tlsClientAuth }) },
    })
    expect(response.status).toBe(status)
    expect((await logged(response))['why']).toBe(why)
  })
})

test('without a token there is a challenge and no error code (RFC 6750 section 3.1)', async () => {
  const response = await call('/main')
  expect(response.status).toBe(401)
  expect(response.headers.get('www-authenticate')).toBe('Bearer realm="sallyport"')
})
