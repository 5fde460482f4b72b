import { describe, expect, test } from 'vitest'
import type { IntrospectionConfig, TokenConfig } from '../../src/authentication/config.ts'
import { introspectionRequest, introspectToken } from '../../src/authentication/opaque.ts'
import { invalid, unavailable } from '../../src/authentication/refusal.ts'
import { fail, ok } from '../../src/base/result.ts'

const introspection: IntrospectionConfig = {
  endpoint: 'https://issuer.example/introspect',
  clientId: 'gate way',
  secretEnv: 'GATEWAY_SECRET',
  auth: 'basic',
}
const issuer: TokenConfig & { readonly introspection: IntrospectionConfig } = {
  name: 'opaque',
  issuer: 'https://issuer.example',
  audience: ['api'],
  introspection,
  algorithms: [],
  clockSkew: 30_000,
  clientIdClaim: 'azp',
}
const TOKEN = 'an+opaque/token='

const ask = (answer: unknown, of = issuer) => introspectToken(TOKEN, of, async () => ok(answer))

describe('what an answer says', () => {
  test('all of it', async () => {
    const answer = {
      active: true,
      iss: 'https://issuer.example',
      aud: ['api', 'other'],
      exp: 2_000_000_000,
      nbf: 1_000_000_000,
      iat: 1_500_000_000,
      azp: 'acme',
      client_id: 'ignored',
      scope: 'read write',
      token_type: 'Bearer',
    }
    expect(await ask(answer)).toEqual(
      ok({
        clientId: 'acme',
        scopes: ['read', 'write'],
        expires: 2_000_000_000_000,
        notBefore: 1_500_000_000_000,
        boundTo: undefined,
      }),
    )
  })

  test('no more than that it is active', async () => {
    const nothing = { clientId: undefined, scopes: [], expires: undefined, notBefore: undefined }
    expect(await ask({ active: true })).toEqual(ok({ ...nothing, boundTo: undefined }))
  })

  test('the client, by the name of RFC 7662 where the policy’s own is missing', async () => {
    expect(await ask({ active: true, client_id: 'acme' })).toMatchObject({ value: { clientId: 'acme' } })
    const { clientIdClaim, ...nameless } = issuer
    const outcome = await ask({ active: true, client_id: 'acme' }, nameless)
    expect(outcome).toMatchObject({ value: { clientId: undefined } })
  })
})

test.each([
  ['inactive', { active: false }, invalid('not active')],
  ['inactive, whatever else it says', { active: false, scope: 'admin' }, invalid('not active')],
  ['of another issuer', { active: true, iss: 'https://other.example' }, invalid('another issuer')],
  ['for another audience', { active: true, aud: 'other' }, invalid('another audience')],
  ['for nobody', { active: true, aud: [] }, invalid('another audience')],
  ['a refresh token', { active: true, token_type: 'refresh_token' }, invalid('not an access token')],
  [
    'a refresh token, in other words',
    { active: true, token_use: 'refresh_token' },
    invalid('not an access token'),
  ],
  ['for DPoP', { active: true, token_type: 'DPoP' }, invalid('not an access token')],
  [
    'an end that is a text',
    { active: true, exp: '2000000000' },
    invalid('a date is not a number of seconds'),
  ],
  [
    'bound to a DPoP key',
    { active: true, cnf: { jkt: 'x' } },
    invalid('bound to a DPoP key, and sent without a proof'),
  ],
  ['active as a text', { active: 'true' }, unavailable('the introspection answer cannot be read')],
  ['active as a number', { active: 1 }, unavailable('the introspection answer cannot be read')],
  ['nothing', {}, unavailable('the introspection answer cannot be read')],
  ['a list', [{ active: true }], unavailable('the introspection answer cannot be read')],
  ['null', null, unavailable('the introspection answer cannot be read')],
])('refused: %s', async (_, answer, refusal) => {
  expect(await ask(answer)).toEqual(refusal)
})

test('an issuer that cannot be asked vouches for nothing', async () => {
  const outcome = await introspectToken(TOKEN, issuer, async () => fail('introspection failed: no answer'))
  expect(outcome).toEqual(unavailable('introspection failed: no answer'))
})

describe('the request', () => {
  test('with Basic: both parts of the pair are form-encoded (RFC 6749 section 2.3.1)', () => {
    const { headers, body } = introspectionRequest(introspection, 'se:cr+ét', TOKEN)
    const pair = Buffer.from(headers['authorization']?.slice('Basic '.length) ?? '', 'base64').toString()
    expect(pair).toBe('gate+way:se%3Acr%2B%C3%A9t')
    expect(body).toBe('token=an%2Bopaque%2Ftoken%3D&token_type_hint=access_token')
  })

  test('with parameters: nothing in the header', () => {
    const { headers, body } = introspectionRequest({ ...introspection, auth: 'post' }, 'secret', TOKEN)
    expect(headers['authorization']).toBeUndefined()
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      token: TOKEN,
      token_type_hint: 'access_token',
      client_id: 'gate way',
      client_secret: 'secret',
    })
  })
})
