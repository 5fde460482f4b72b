/**
 * A real authorization server (`oidc-provider`) behind the shipped packs on workerd, and a real client
 * (`openid-client`) in front of them. What each test stands for is in docs/oauth.md.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { decodeProtectedHeader } from 'jose'
import {
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  clientCredentialsGrant,
  customFetch,
  discovery,
  fetchProtectedResource,
  PrivateKeyJwt,
  tokenIntrospection,
  tokenRevocation,
} from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../support/gateway.ts'
import {
  appIdClient,
  cloudentityClient,
  edge,
  jwt,
  opaque,
  tokenFromVendor,
  tokenOf,
  used,
  verifyClient,
} from '../support/oauth-client.ts'
import {
  APP_ID_HOST,
  CRM,
  PUBLIC,
  SECRET,
  SHORT_SECONDS,
  startVendors,
  VERIFY_ISSUER,
  type Vendors,
} from '../support/oauth-vendors.ts'
import { signingKey } from '../support/provider.ts'

/** On the lists of all clients, and not. */
const OFFICE = '192.0.2.10'
const ELSEWHERE = '203.0.113.9'

const USERS = '/verify/v2.0/Users'
const ATTRIBUTES = '/app-id/api/v1/attributes'
const CLIENTS = '/cloudentity/api/system/acme/clients/default'

let vendors: Vendors
let gateway: Gateway

beforeAll(async () => {
  vendors = await startVendors()
  gateway = await startGateway(vendors.policy, vendors.variables)
}, 60_000)

afterAll(async () => {
  await gateway?.stop()
  await vendors?.close()
})

const from = (address: string, at = gateway) => edge(at.url, address)
const atVerify = (id: string, proof?: ClientAuth, address = OFFICE) => verifyClient(from(address), id, proof)
const atAppId = (id: string, proof?: ClientAuth, address = OFFICE) => appIdClient(from(address), id, proof)
const atCloudentity = (id: string, proof?: ClientAuth, address = OFFICE) =>
  cloudentityClient(from(address), id, proof)

const batchProof = () => PrivateKeyJwt({ key: vendors.batchKey, kid: 'batch-1' })

/** The newest refusals in the decision log, as far as `expected` says what they are. */
const expectDenied = (...expected: readonly object[]) =>
  expect
    .poll(() =>
      gateway
        .log()
        .filter(({ decision }) => decision === 'denied')
        .slice(-expected.length),
    )
    .toMatchObject(expected)

/** What the client makes of a refusal. */
const refusal = (status: number, error: string) => expect.objectContaining({ status, error })
const challenge = (scheme: string, parameters: object) => ({ status: 401, challenge: { scheme, parameters } })
const INVALID_TOKEN = challenge('bearer', { realm: 'sallyport', error: 'invalid_token' })

describe('IBM Verify, under a host name of the tenant’s own', () => {
  const TOKEN = '/oauth2/token'

  test('discovery leads to the gateway', async () => {
    expect((await atVerify(CRM)).serverMetadata()).toMatchObject({
      issuer: VERIFY_ISSUER,
      token_endpoint: `${PUBLIC}/verify/oauth2/token`,
      introspection_endpoint: `${PUBLIC}/verify/oauth2/introspect`,
      revocation_endpoint: `${PUBLIC}/verify/oauth2/revoke`,
      jwks_uri: `${PUBLIC}/verify/v1.0/endpoint/default/jwks`,
    })
  })

  test.each([
    ['client_secret_basic', CRM, () => ClientSecretBasic(SECRET)],
    ['client_secret_post', 'form', () => ClientSecretPost(SECRET)],
    ['private_key_jwt', 'batch', batchProof],
  ])('%s: token, use, introspection, revocation, refusal', async (_, id, proof) => {
    const config = await atVerify(id, proof())
    const token = await tokenOf(config)
    const unused = await tokenOf(config)
    expect(await used(config, token, USERS)).toMatchObject({ status: 200, body: { path: '/v2.0/Users' } })
    expect(await tokenIntrospection(config, token)).toMatchObject({ active: true, client_id: id })
    await tokenRevocation(config, unused)
    expect(await tokenIntrospection(config, unused)).toEqual({ active: false })
    expect(await used(config, unused, USERS)).toEqual(INVALID_TOKEN)
    await expectDenied({ reason: 'credentials_invalid', why: 'not active' })
  })

  test('a JWT is used without a question, and what the vendor says of its revocation comes through', async () => {
    const config = await atVerify(CRM)
    const before = vendors.verify.calls('/oauth2/introspect')
    const token = await tokenOf(config, jwt)
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'RS256', typ: 'at+jwt' })
    expect(await used(config, token, USERS)).toMatchObject({ status: 200, body: { client: 'crm' } })
    expect(vendors.verify.calls('/oauth2/introspect')).toBe(before)
    await expect(tokenRevocation(config, token)).rejects.toEqual(refusal(400, 'unsupported_token_type'))
  })

  test('what a client creates is found at the gateway', async () => {
    const config = await atVerify(CRM)
    const token = await tokenOf(config)
    const made = await fetchProtectedResource(config, token, new URL(`${PUBLIC}${USERS}`), 'POST')
    expect(made.status).toBe(201)
    expect(await used(config, token, made.headers.get('location') ?? '')).toMatchObject({
      status: 200,
      body: { path: '/v2.0/Users/1' },
    })
  })

  test.each([
    ['a wrong secret', CRM, ClientSecretBasic('wrong')],
    ['an unknown client', 'nobody', ClientSecretBasic(SECRET)],
    ['the form, where Basic is declared', CRM, ClientSecretPost(SECRET)],
    ['Basic, where the form is declared', 'form', ClientSecretBasic(SECRET)],
    ['a secret, where an assertion is declared', 'batch', ClientSecretBasic(SECRET)],
  ])('%s is refused before the vendor is asked', async (_, id, proof) => {
    const config = await atVerify(id, proof, '192.0.2.20')
    const before = vendors.verify.calls(TOKEN)
    await expect(tokenOf(config)).rejects.toEqual(
      expect.objectContaining({ status: 401, cause: [expect.objectContaining({ scheme: 'basic' })] }),
    )
    expect(vendors.verify.calls(TOKEN)).toBe(before)
  })

  test('an assertion counts once', async () => {
    const config = await atVerify('batch', batchProof())
    const send = from('192.0.2.21')
    let again: () => Promise<Response> = () => Promise.reject(new Error('nothing was sent'))
    config[customFetch] = (url, options) => {
      again = () => send(url, options)
      return again()
    }
    await tokenOf(config)
    const before = vendors.verify.calls(TOKEN)
    expect((await again()).status).toBe(401)
    expect(vendors.verify.calls(TOKEN)).toBe(before)
    await expectDenied({ reason: 'credentials_invalid', why: 'the assertion was used before' })
  })

  test('the IP filter covers issuance and use, also of a token that was used before', async () => {
    const inside = await atVerify(CRM)
    const outside = await atVerify(CRM, ClientSecretBasic(SECRET), ELSEWHERE)
    const before = vendors.verify.calls(TOKEN)
    await expect(tokenOf(outside)).rejects.toEqual(refusal(403, 'access_denied'))
    expect(vendors.verify.calls(TOKEN)).toBe(before)
    for (const kind of [opaque, jwt]) {
      const token = await tokenOf(inside, kind)
      expect((await used(inside, token, USERS)).status).toBe(200)
      expect(await used(outside, token, USERS)).toMatchObject({ status: 403, body: { status: '403' } })
    }
    const from = { reason: 'address_not_allowed', client: 'crm' }
    await expectDenied(from, from, from)
    const token = await tokenOf(inside)
    await expect(tokenIntrospection(outside, token)).rejects.toEqual(refusal(403, 'access_denied'))
    await expect(tokenRevocation(outside, token)).rejects.toEqual(refusal(403, 'access_denied'))
  })

  test('a request for more than a client’s custom scopes is cut down, and the vendor grants what is left', async () => {
    const config = await atVerify('reports')
    const granted = await clientCredentialsGrant(config, { scope: 'reports.write reports.read' })
    expect(granted.scope).toBe('reports.read')
    expect(await tokenIntrospection(config, granted.access_token)).toMatchObject({ scope: 'reports.read' })
  })

  test('a disabled client gets no token, and those it has work until they expire', async () => {
    const config = await atVerify('retired')
    await expect(tokenOf(config)).rejects.toEqual(refusal(403, 'access_denied'))
    await expectDenied({ reason: 'client_disabled' })
    const earlier = await tokenFromVendor(`${vendors.verify.origin}${TOKEN}`, 'retired')
    expect(await used(config, earlier, USERS)).toMatchObject({ status: 200, body: { client: 'retired' } })
  })

  test('a revoked token is refused at once where it was not seen, and where it was at its end at the latest', async () => {
    const config = await atVerify('short')
    const token = await tokenOf(config)
    const issued = Date.now()
    expect((await used(config, token, USERS)).status).toBe(200)
    const asked = vendors.verify.calls('/oauth2/introspect')
    await tokenRevocation(config, token)
    // Facts are remembered for 60 s, or to the token's end where that is sooner, as here.
    expect((await used(config, token, USERS)).status).toBe(200)
    expect(vendors.verify.calls('/oauth2/introspect')).toBe(asked)

    const other = await startGateway(vendors.policy, vendors.variables)
    config[customFetch] = from(OFFICE, other)
    const elsewhere = await used(config, token, USERS)
    await other.stop()
    expect(elsewhere).toEqual(INVALID_TOKEN)

    config[customFetch] = from(OFFICE)
    await sleep(Math.max(0, issued + SHORT_SECONDS * 1000 - Date.now() + 50))
    expect(await used(config, token, USERS)).toEqual(INVALID_TOKEN)
    await expectDenied({ reason: 'credentials_invalid', why: 'not active' })
  })
})

describe('the issuer', () => {
  /** Calls with an old and a new key each; below the burst of the packs' groups. */
  const ROTATING = 20
  const verify = {
    config: () => atVerify('rotation'),
    parameters: jwt,
    path: USERS,
    jwks: '/v1.0/endpoint/default/jwks',
  }
  const cloudentity = {
    config: () => atCloudentity('provisioning'),
    parameters: { ...jwt, scope: 'view_clients' },
    path: CLIENTS,
    jwks: '/acme/system/.well-known/jwks.json',
  }

  test.each([
    ['verify' as const, verify, 'RS256'],
    ['cloudentity' as const, cloudentity, 'ES256'],
  ])('%s: a rotation in the middle loses no request', async (name, { config: configure, ...at }, alg) => {
    const config = await configure()
    const use = async (token: string) => (await used(config, token, at.path)).status
    const early = await Promise.all(Array.from({ length: ROTATING }, () => tokenOf(config, at.parameters)))
    const next = await signingKey('next', alg)
    const statuses = [await use(await tokenOf(config, at.parameters))]
    const fetched = vendors[name].calls(at.jwks)

    const wave = async (tokens: readonly string[], kid: string | undefined) => {
      const calls = tokens.map(async (token) => {
        const fresh = await tokenOf(config, at.parameters)
        expect(decodeProtectedHeader(fresh).kid).toBe(kid)
        return Promise.all([use(token), use(fresh)])
      })
      statuses.push(...(await Promise.all(calls)).flat())
    }
    await wave(early.slice(0, 7), vendors.keys[name].kid)
    vendors[name].publish([next, vendors.keys[name]])
    await wave(early.slice(7, 14), 'next')
    vendors[name].publish([next])
    await wave(early.slice(14), 'next')
    expect(statuses).toEqual(Array.from({ length: 1 + 2 * ROTATING }, () => 200))
    expect(vendors[name].calls(at.jwks) - fetched).toBe(1)
  })

  test('out of reach: tokens of known keys and tokens seen before are served, others put off', async () => {
    const config = await atVerify('outage')
    const signed = await Promise.all(Array.from({ length: 20 }, () => tokenOf(config, jwt)))
    const [seen, unseen] = [await tokenOf(config), await tokenOf(config)]
    const first = [await used(config, await tokenOf(config, jwt), USERS), await used(config, seen, USERS)]
    expect(first.map(({ status }) => status)).toEqual([200, 200])

    vendors.verify.down(true)
    const during = await Promise.all([...signed, seen].map((token) => used(config, token, USERS)))
    const put = await used(config, unseen, USERS)
    const refused = await tokenOf(config).catch((error) => error)
    vendors.verify.down(false)
    expect(during.map(({ status }) => status)).toEqual(Array.from({ length: 21 }, () => 200))
    expect(put.status).toBe(503)
    expect(refused).toMatchObject({ cause: { status: 502 } })
    expect((await used(config, unseen, USERS)).status).toBe(200)
  })
})

describe('IBM Cloud App ID, whose documents name its own host', () => {
  test('discovery comes through as it is, and the client is told where the gateway is', async () => {
    const document = new URL(`${PUBLIC}/app-id/oauth/v4/tenant-1/.well-known/openid-configuration`)
    const found = await discovery(document, 'app', undefined, undefined, { [customFetch]: from(OFFICE) })
    const token = `${APP_ID_HOST}/oauth/v4/tenant-1/token`
    expect(found.serverMetadata()).toMatchObject({ token_endpoint: token })
    expect((await atAppId('app')).serverMetadata().token_endpoint).toBe(
      token.replace(APP_ID_HOST, `${PUBLIC}/app-id`),
    )
  })

  test('token, use, introspection, revocation; the vendor refuses the token from then on', async () => {
    const config = await atAppId('app')
    const token = await tokenOf(config)
    expect(await used(config, token, ATTRIBUTES)).toMatchObject({
      status: 200,
      body: { path: '/api/v1/attributes' },
    })
    expect(await tokenIntrospection(config, token)).toMatchObject({ active: true, client_id: 'app' })
    await tokenRevocation(config, token)
    expect(await tokenIntrospection(config, token)).toEqual({ active: false })
    expect(await used(config, token, ATTRIBUTES)).toMatchObject({ status: 401, body: {} })
  })

  test('a list counts where the client proves itself, and not where a token is used', async () => {
    const outside = await atAppId('app', undefined, ELSEWHERE)
    await expect(tokenOf(outside)).rejects.toEqual(refusal(403, 'access_denied'))
    await expectDenied({ reason: 'address_not_allowed', client: 'app' })
    const token = await tokenOf(await atAppId('app'))
    expect((await used(outside, token, ATTRIBUTES)).status).toBe(200)
  })

  test('a disabled client gets no token; of those it has the vendor decides', async () => {
    const config = await atAppId('retired')
    await expect(tokenOf(config)).rejects.toEqual(refusal(403, 'access_denied'))
    await expectDenied({ reason: 'client_disabled' })
    const endpoint = `${vendors.appId.origin}/oauth/v4/tenant-1/token`
    const earlier = await tokenFromVendor(endpoint, 'retired')
    expect((await used(config, earlier, ATTRIBUTES)).status).toBe(200)
  })
})

describe('Cloudentity, under the host of the tenant', () => {
  const viewer = { ...jwt, scope: 'view_clients' }

  test.each([
    ['client_secret_basic', 'provisioning', ClientSecretBasic(SECRET)],
    ['client_secret_post', 'provisioning-form', ClientSecretPost(SECRET)],
  ])('%s, which the vendor checks: token, use, introspection, revocation', async (_, id, proof) => {
    const config = await atCloudentity(id, proof)
    const token = await tokenOf(config, viewer)
    expect(await used(config, token, CLIENTS)).toMatchObject({ status: 200, body: { client: id } })
    const other = await tokenOf(config)
    expect(await tokenIntrospection(config, other)).toMatchObject({ active: true, client_id: id })
    await tokenRevocation(config, other)
    expect(await tokenIntrospection(config, other)).toEqual({ active: false })
    // The pack has no `introspection:` at this issuer until a tenant adds it.
    expect(await used(config, other, CLIENTS)).toEqual(INVALID_TOKEN)
  })

  test('a token without the scope is told which one it lacks', async () => {
    const config = await atCloudentity('provisioning')
    const token = await tokenOf(config, { ...jwt, scope: 'manage_clients' })
    expect(await used(config, token, CLIENTS)).toEqual({
      status: 403,
      challenge: {
        scheme: 'bearer',
        parameters: { realm: 'sallyport', error: 'insufficient_scope', scope: 'view_clients' },
      },
    })
  })

  test('lists count nowhere: the vendor has none', async () => {
    const outside = await atCloudentity('provisioning', undefined, ELSEWHERE)
    expect((await used(outside, await tokenOf(outside, viewer), CLIENTS)).status).toBe(200)
  })

  test('a token of a disabled client is refused at once, though the vendor still issues it', async () => {
    const config = await atCloudentity('retired')
    const token = await tokenOf(config, viewer)
    expect((await used(config, token, CLIENTS)).status).toBe(403)
    await expectDenied({ reason: 'client_disabled' })
  })
})
