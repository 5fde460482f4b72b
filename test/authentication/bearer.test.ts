import { createLocalJWKSet, exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { type KeySource, scopesOf, verifyJwt } from '../../src/authentication/bearer.ts'
import type { TokenConfig } from '../../src/authentication/config.ts'
import { NOW } from '../support/facts.ts'

const issuer: TokenConfig = {
  name: 'admin',
  issuer: 'https://issuer.example/admin',
  audience: ['gateway', 'other'],
  keys: { uri: 'https://issuer.example/jwks' },
  algorithms: ['ES256', 'RS256'],
  clockSkew: 30_000,
}

const seconds = NOW / 1000
let keys: KeySource
let sign: (claims: object, header?: Partial<JWTHeaderParameters>) => Promise<string>
let signWith: (alg: string, key: CryptoKey | Uint8Array) => Promise<string>
let publicPem: Uint8Array

const claims = { iss: issuer.issuer, aud: 'gateway', exp: seconds + 60, sub: 'x' }

beforeAll(async () => {
  const pair = await generateKeyPair('ES256', { extractable: true })
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256' }
  keys = () => createLocalJWKSet({ keys: [jwk] })
  publicPem = new TextEncoder().encode(JSON.stringify(jwk))
  sign = (body, header = {}) =>
    new SignJWT({ ...body }).setProtectedHeader({ alg: 'ES256', kid: 'k1', ...header }).sign(pair.privateKey)
  signWith = (alg, key) => new SignJWT(claims).setProtectedHeader({ alg, kid: 'k1' }).sign(key)
})

const verify = (token: string) => verifyJwt(token, issuer, keys, NOW)

describe('accepted', () => {
  test.each([
    ['as issued', {}, {}],
    ['one audience of several', { aud: ['x', 'other'] }, {}],
    ['expired within the clock skew', { exp: seconds - 29 }, {}],
    ['typ at+jwt', {}, { typ: 'at+jwt' }],
    ['typ JWT', {}, { typ: 'JWT' }],
  ])('%s', async (_, changes, header) => {
    expect(await verify(await sign({ ...claims, ...changes }, header))).toMatchObject({
      ok: true,
      value: { sub: 'x' },
    })
  })
})

describe('refused, with a code and nothing of the token', () => {
  test.each([
    ['expired', { exp: seconds - 31 }, 'ERR_JWT_EXPIRED'],
    ['without exp (T9)', { exp: undefined }, 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
    ['without iss (T9)', { iss: undefined }, 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
    ['without aud (T9)', { aud: undefined }, 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
    ['of another issuer', { iss: 'https://issuer.example/other' }, 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
    ['for another audience', { aud: 'x' }, 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
    ['not valid yet', { nbf: seconds + 31 }, 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
  ])('%s', async (_, changes, code) => {
    expect(await verify(await sign({ ...claims, ...changes }))).toEqual({ ok: false, error: code })
  })

  test.each([
    ['an unknown kid (T7)', { kid: '../../x' }, 'ERR_JWKS_NO_MATCHING_KEY'],
    ['a key of its own (T7)', { jwk: { kty: 'EC' } }, 'token brings its own key'],
    ['an address of keys (T7)', { jku: 'https://evil.example' }, 'token brings its own key'],
    ['another type of JWT', { typ: 'logout+jwt' }, 'token is of another type'],
  ])('%s', async (_, header, error) => {
    expect(await verify(await sign(claims, header))).toEqual({ ok: false, error })
  })

  test('an algorithm that is not configured, with the public key as its secret (T6)', async () => {
    expect(await verify(await signWith('HS256', publicPem))).toEqual({
      ok: false,
      error: 'ERR_JOSE_ALG_NOT_ALLOWED',
    })
  })

  test('no algorithm at all (T6)', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const outcome = await verify(`${part({ alg: 'none' })}.${part(claims)}.`)
    expect(outcome.ok).toBe(false)
  })

  test('another key of the same kind', async () => {
    const { privateKey } = await generateKeyPair('ES256')
    expect(await verify(await signWith('ES256', privateKey))).toEqual({
      ok: false,
      error: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    })
  })

  test('keys out of reach', async () => {
    const unreachable: KeySource = () => () =>
      Promise.reject(new TypeError('fetch failed: https://issuer.example'))
    const outcome = await verifyJwt(await sign(claims), issuer, unreachable, NOW)
    expect(outcome).toEqual({ ok: false, error: 'keys of the issuer are out of reach' })
  })

  test('no JWT', async () => {
    expect(await verify('abcdefghijklmnop')).toEqual({ ok: false, error: 'ERR_JWS_INVALID' })
  })
})

test.each([
  [{ scope: 'a b  c' }, ['a', 'b', 'c']],
  [{ scp: ['a', 'b', 7] }, ['a', 'b']],
  [{ scp: 'a' }, ['a']],
  [{}, []],
  [{ scope: 7 }, []],
])('the scopes of %j', (body, scopes) => {
  expect(scopesOf(body)).toEqual(scopes)
})
