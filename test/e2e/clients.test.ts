/** Client authentication as a client and an upstream see it, on the production runtime. */
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import type { CompiledPolicy } from '../../src/policy/model.ts'
import { policyText } from '../../src/policy/written.ts'
import { clientsYaml } from '../support/clients-example.ts'
import { compiled } from '../support/example.ts'
import { basic } from '../support/facts.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { type EchoUpstream, echoUpstream } from '../support/upstream.ts'

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const FORM = 'application/x-www-form-urlencoded'

let gateway: Gateway
let upstream: EchoUpstream
let issuer: EchoUpstream
let policy: CompiledPolicy
let keys: { own: CryptoKeyPair; remote: CryptoKeyPair; other: CryptoKeyPair }

beforeAll(async () => {
  const [own, remote, other] = await Promise.all(
    Array.from({ length: 3 }, () => generateKeyPair('ES256', { extractable: true })),
  )
  if (!own || !remote || !other) throw new Error('three keys')
  keys = { own, remote, other }
  const jwk = async (pair: CryptoKeyPair, kid: string) => ({ ...(await exportJWK(pair.publicKey)), kid })
  const published = [await jwk(remote, 'r')]
  issuer = await echoUpstream((_, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ keys: published }))
  })
  upstream = await echoUpstream()
  policy = await compiled(
    clientsYaml([await jwk(own, 'one'), await jwk(other, 'two')], `${issuer.origin}/jwks`),
    {
      up: upstream.origin,
    },
  )
  gateway = await startGateway(policy)
})

afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
  await issuer?.close()
})

beforeEach(() => upstream.forget())

type Sent = {
  readonly body?: string
  readonly type?: string
  readonly authorization?: string
  readonly from?: string
}

/** Failures are counted by address, so that each case has one of its own. */
let address = 0
const nextAddress = () => `192.0.2.${++address % 250}`

const post = (path: string, { body = '', type = FORM, authorization, from = nextAddress() }: Sent) =>
  fetch(`${gateway.url}${path}`, {
    method: 'POST',
    body: body === '' ? null : body,
    headers: {
      'cf-connecting-ip': from,
      ...(body !== '' && { 'content-type': type }),
      ...(authorization !== undefined && { authorization }),
    },
  })

let used = 0
const assertion = (
  changes: { sub?: string; kid?: string; jti?: string; key?: CryptoKey; exp?: number } = {},
) => {
  const { sub = 'signer', kid = 'one', jti = `j${++used}`, key = keys.own.privateKey, exp } = changes
  const end = exp ?? Math.floor(Date.now() / 1000) + 60
  return new SignJWT({ iss: sub, sub, aud: 'https://up.example/token', exp: end, jti })
    .setProtectedHeader({ alg: 'ES256', kid })
    .sign(key)
}
const asserted = async (...changes: Parameters<typeof assertion>): Promise<Sent> => ({
  body: `grant_type=client_credentials&client_assertion_type=${encodeURIComponent(TYPE)}&client_assertion=${await assertion(...changes)}`,
})

const PARTS = [
  '--B',
  'Content-Disposition: form-data; name="client_id"',
  '',
  'post',
  '--B',
  'Content-Disposition: form-data; name="client_secret"',
  '',
  's-post',
  '--B--',
  '',
].join('\r\n')

describe('accepted, and forwarded byte for byte', () => {
  test.each<[string, () => Sent | Promise<Sent>]>([
    [
      'Basic',
      () => ({ authorization: basic('either', 's-either'), body: 'grant_type=client_credentials&a=%7e+' }),
    ],
    ['Basic, a secret in rotation', () => ({ authorization: basic('basic', 's-old') })],
    ['Basic, form-encoded', () => ({ authorization: basic('%62asic', 's%2Dnew') })],
    ['the form', () => ({ body: 'z=%7E&client_secret=s%2Deither&grant_type=x&client_id=%65ither' })],
    [
      'JSON',
      () => ({
        body: '{ "client_id": "post" ,"client_secret":"s-post", "n": 1.0 }',
        type: 'application/json',
      }),
    ],
    ['parts', () => ({ body: PARTS, type: 'multipart/form-data; boundary=B' })],
    ['a secret that the upstream checks', () => ({ authorization: basic('kept', 'anything') })],
    ['a public client', () => ({ body: 'client_id=public&grant_type=authorization_code&code=x' })],
    ['an assertion', () => asserted()],
    [
      'an assertion, its key at an address',
      () => asserted({ sub: 'remote', kid: 'r', key: keys.remote.privateKey }),
    ],
    ['a client from its own address', () => ({ authorization: basic('office', 's-office') })],
  ])('%s', async (_, make) => {
    const sent = await make()
    expect((await post('/token', sent)).status).toBe(200)
    expect(upstream.seen.map(({ body }) => body.toString())).toEqual([sent.body ?? ''])
    expect(upstream.seen[0]?.headers.authorization).toBe(sent.authorization)
  })

  test('a Bearer token beside the form, where the route ignores it', async () => {
    const sent = {
      authorization: 'Bearer abcdefghijklmnop',
      body: 'client_id=either&client_secret=s-either&token=t',
    }
    expect((await post('/introspect', sent)).status).toBe(200)
    expect(upstream.seen.map(({ body }) => body.toString())).toEqual([sent.body])
  })
})

describe('refused, and nothing is forwarded', () => {
  test.each<[string, number, () => Sent | Promise<Sent>, string?]>([
    ['nothing', 401, () => ({ body: 'grant_type=client_credentials' })],
    ['a wrong secret', 401, () => ({ authorization: basic('either', 's-other') })],
    ['a secret past its end', 401, () => ({ authorization: basic('basic', 's-ended') })],
    ['an unknown id', 401, () => ({ authorization: basic('nobody', 's-either') })],
    ['another method than the declared one', 401, () => ({ body: 'client_id=basic&client_secret=s-new' })],
    ['the declared method, reversed', 401, () => ({ authorization: basic('post', 's-post') })],
    [
      'two clients',
      401,
      () => ({ authorization: basic('either', 's-either'), body: 'client_id=post&client_secret=s-post' }),
    ],
    [
      'the same client twice',
      401,
      () => ({ authorization: basic('either', 's-either'), body: 'client_id=either&client_secret=s-either' }),
    ],
    [
      'an id that stands twice',
      401,
      () => ({ body: 'client_id=either&client_secret=s-either&client_id=post' }),
    ],
    [
      'an id that stands twice in JSON',
      401,
      () => ({
        body: '{"client_id":"either","client_id":"post","client_secret":"s-post"}',
        type: 'application/json',
      }),
    ],
    [
      'a second id in other case',
      401,
      () => ({ body: 'client_id=either&client_secret=s-either&Client_ID=post' }),
    ],
    ['a secret in the query', 400, () => ({}), '/token?client_id=either&client_secret=s-either'],
    ['a semicolon', 400, () => ({ body: 'client_id=either;client_secret=s-either' })],
    [
      'another charset',
      400,
      () => ({ body: 'client_id=either&client_secret=s-either', type: `${FORM}; charset=utf-16` }),
    ],
    [
      'a type that the route does not take',
      400,
      () => ({ authorization: basic('either', 's-either'), body: 'x', type: 'text/plain' }),
    ],
    [
      'JSON where the route takes forms',
      400,
      () => ({ body: '{"client_id":"post","client_secret":"s-post"}', type: 'application/json' }),
      '/introspect',
    ],
    [
      'a body beyond 64 KiB',
      413,
      () => ({ authorization: basic('either', 's-either'), body: `a=${'x'.repeat(65_536)}` }),
    ],
    ['a disabled client', 403, () => ({ authorization: basic('off', 's-off') })],
    ['another address', 403, () => ({ authorization: basic('office', 's-office'), from: '203.0.113.9' })],
    ['a Bearer token alone', 401, () => ({ authorization: 'Bearer abcdefghijklmnop' }), '/introspect'],
    [
      'a Bearer token beside the form',
      401,
      () => ({ authorization: 'Bearer abcdefghijklmnop', body: 'client_id=either&client_secret=s-either' }),
    ],
    ['an assertion of another key', 401, () => asserted({ key: keys.remote.privateKey })],
    [
      'an assertion of a key that is not allowed',
      401,
      () => asserted({ kid: 'two', key: keys.other.privateKey }),
    ],
    ['an assertion far ahead', 401, () => asserted({ exp: Math.floor(Date.now() / 1000) + 3600 })],
    ['an assertion of a client with a secret', 401, () => asserted({ sub: 'either' })],
    ['a certificate that is not there', 401, () => ({ body: 'client_id=machine' })],
  ])('%s', async (_, status, make, path = '/token') => {
    const response = await post(path, await make())
    expect(response.status).toBe(status)
    expect(upstream.seen).toEqual([])
    const body = await response.text()
    expect(body).toContain(response.headers.get('x-request-id'))
    if (status === 401) expect(body).toContain('invalid_client')
    expect(body).not.toMatch(/either|post|s-|signer|secret/)
  })
})

describe('an assertion counts once', () => {
  test('one after the other', async () => {
    const sent = await asserted()
    expect([(await post('/token', sent)).status, (await post('/token', sent)).status]).toEqual([200, 401])
    expect(upstream.seen).toHaveLength(1)
  })

  test('twenty at one time', async () => {
    const sent = await asserted()
    const answers = await Promise.all(Array.from({ length: 20 }, () => post('/token', sent)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(upstream.seen).toHaveLength(1)
  })

  test('not for a client whose policy does not ask for it', async () => {
    const sent = await asserted({ sub: 'remote', kid: 'r', key: keys.remote.privateKey })
    expect([(await post('/token', sent)).status, (await post('/token', sent)).status]).toEqual([200, 200])
  })
})

describe('custom scopes', () => {
  const authorization = basic('reader', 's-reader')
  test.each([
    [
      'cut down, the rest left alone',
      'a=%7e&scope=read+write&grant_type=client_credentials',
      'a=%7e&scope=read&grant_type=client_credentials',
    ],
    [
      'all of them allowed',
      'scope=openid+read&grant_type=client_credentials',
      'scope=openid+read&grant_type=client_credentials',
    ],
    ['none named', 'grant_type=client_credentials', 'grant_type=client_credentials&scope=openid+read'],
  ])('%s', async (_, body, forwarded) => {
    expect((await post('/token', { authorization, body })).status).toBe(200)
    expect(upstream.seen.map((seen) => seen.body.toString())).toEqual([forwarded])
    expect(upstream.seen[0]?.headers['content-length']).toBe(String(forwarded.length))
  })

  test('nothing left of the request', async () => {
    const response = await post('/token', {
      authorization,
      body: 'scope=write&grant_type=client_credentials',
    })
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({ error: 'invalid_scope' }),
    ])
    expect(upstream.seen).toEqual([])
  })
})

describe('parameters beside Basic, at an upstream that reads both', () => {
  const authorization = basic('either', 's-either')
  const signed = (id: string) => ({ authorization: `Signature ${id}:${'A'.repeat(27)}=` })
  const long = 'x'.repeat(100_000)

  test.each<[string, number, string, Sent]>([
    ['the same id', 200, '/records', { authorization, body: 'client_id=either&a=1' }],
    [
      'another client in the form',
      401,
      '/records',
      { authorization, body: 'client_id=kept&client_secret=x' },
    ],
    ['another client in the query', 401, '/records?client_id=kept&client_secret=x', { authorization }],
    ['a long form', 413, '/records', { authorization, body: `a=${long}` }],
    ['a long form where the policy says so', 200, '/bulk', { authorization, body: `a=${long}` }],
    [
      'another client at the end of a long form',
      401,
      '/bulk',
      { authorization, body: `a=${long}&client_id=kept` },
    ],
    ['a signed request, its secret at the upstream', 200, '/records', signed('kept')],
    ['a signed request, its secret here', 401, '/records', signed('either')],
  ])('%s: %d', async (_, status, path, sent) => {
    expect((await post(path, sent)).status).toBe(status)
    expect(upstream.seen.map(({ body }) => body.toString())).toEqual(status === 200 ? [sent.body ?? ''] : [])
  })
})

describe('a client certificate, as the platform hands it over', () => {
  const shown = {
    certPresented: '1',
    certVerified: 'SUCCESS',
    certRevoked: '0',
    certSubjectDNRFC2253: 'CN=batch,O=Acme',
    certFingerprintSHA256: 'ab'.repeat(32),
  }
  let edge: Miniflare

  beforeAll(() => {
    const { script, policyModule, compatibilityDate, compatibilityFlags } = inject('bundle')
    edge = new Miniflare(
      convertV4MiniflareOptions({
        compatibilityDate,
        compatibilityFlags,
        handleStructuredLogs: () => {},
        modules: [
          { type: 'ESModule', path: 'worker.js', contents: script },
          { type: 'Text', path: policyModule, contents: policyText(policy) },
        ],
        durableObjects: {
          LIMITER: { className: 'LimiterObject', useSQLite: true },
          ASSERTIONS: { className: 'AssertionObject', useSQLite: true },
        },
      }),
    )
  })

  afterAll(() => edge?.dispose())

  test.each([
    ['the client’s own', 200, shown],
    ['another subject', 401, { ...shown, certSubjectDNRFC2253: 'CN=other,O=Acme' }],
    ['not verified', 401, { ...shown, certVerified: 'FAILED:self signed certificate' }],
    ['revoked', 401, { ...shown, certRevoked: '1' }],
    ['none', 401, { certPresented: '0', certVerified: 'NONE' }],
  ])('%s: %d', async (_, status, tlsClientAuth) => {
    const response = await edge.dispatchFetch(`${await edge.ready}token`, {
      method: 'POST',
      body: 'client_id=machine&grant_type=client_credentials',
      headers: { 'content-type': FORM, 'cf-connecting-ip': nextAddress() },
      cf: { tlsClientAuth } as never,
    })
    expect(response.status).toBe(status)
    expect(upstream.seen).toHaveLength(status === 200 ? 1 : 0)
  })
})
