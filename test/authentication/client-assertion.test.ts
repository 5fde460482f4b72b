/** `private_key_jwt`: what of an assertion is checked, and that it counts once. */
import { SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import type { AssertionLedger } from '../../src/authentication/ledger.ts'
import { memoryLedger } from '../../src/authentication/memory-ledger.ts'
import { expectClient, expectRefused, form, keys, run, TOKEN_ENDPOINT, TYPE } from '../support/clients.ts'
import { NOW } from '../support/facts.ts'

describe('an assertion', () => {
  const SECONDS = NOW / 1000
  const CLAIMS = { iss: 'signer', sub: 'signer', aud: TOKEN_ENDPOINT, exp: SECONDS + 60, jti: 'j1' }
  type Changes = { readonly claims?: object; readonly header?: object; readonly key?: CryptoKey }

  const assertion = ({ claims = {}, header: more = {}, key = keys.own.privateKey }: Changes = {}) =>
    new SignJWT({ ...CLAIMS, ...claims }).setProtectedHeader({ alg: 'ES256', kid: 'one', ...more }).sign(key)
  const sent = (token: string, more: Record<string, string> = {}) =>
    form({ client_assertion: token, client_assertion_type: TYPE, ...more })

  test.each<[string, Changes, Record<string, string>]>([
    ['the least that it needs', {}, {}],
    ['beside its own id', {}, { client_id: 'signer' }],
    ['of the type JWT', { header: { typ: 'JWT' } }, {}],
    ['with an audience in a list', { claims: { aud: [TOKEN_ENDPOINT] } }, {}],
    ['as far ahead as may be', { claims: { exp: SECONDS + 330 } }, {}],
    ['just within the skew', { claims: { exp: SECONDS - 29 } }, {}],
  ])('%s', async (_, changes, more) => {
    await expectClient(run(sent(await assertion(changes), more)), 'signer')
  })

  test.each<[string, () => Changes]>([
    ['signed with another key', () => ({ key: keys.other.privateKey })],
    ['of a key id that is not allowed', () => ({ header: { kid: 'two' } })],
    ['without a key id', () => ({ header: { kid: undefined } })],
    ['that brings its own key', () => ({ header: { jwk: keys.jwk } })],
    ['with an address of keys', () => ({ header: { jku: 'https://evil.example' } })],
    ['of the type of an access token', () => ({ header: { typ: 'at+jwt' } })],
    ['for another audience', () => ({ claims: { aud: 'https://other.example' } })],
    ['for another audience as well', () => ({ claims: { aud: [TOKEN_ENDPOINT, 'https://other.example'] } })],
    ['for nobody', () => ({ claims: { aud: [] } })],
    ['without an audience', () => ({ claims: { aud: undefined } })],
    ['without an end', () => ({ claims: { exp: undefined } })],
    ['with an end that is a text', () => ({ claims: { exp: String(SECONDS + 60) } })],
    ['that has ended', () => ({ claims: { exp: SECONDS - 30 } })],
    ['that ends too late', () => ({ claims: { exp: SECONDS + 331 } })],
    ['that begins later', () => ({ claims: { nbf: SECONDS + 31 } })],
    ['of the future', () => ({ claims: { iat: SECONDS + 31 } })],
    ['without a jti', () => ({ claims: { jti: undefined } })],
    ['with an empty jti', () => ({ claims: { jti: '' } })],
    ['with a long jti', () => ({ claims: { jti: 'j'.repeat(257) } })],
    ['whose issuer is another client', () => ({ claims: { iss: 'default' } })],
    ['whose subject is another client', () => ({ claims: { sub: 'default' } })],
    ['of a client without keys', () => ({ claims: { iss: 'default', sub: 'default' } })],
    ['of nobody', () => ({ claims: { iss: 'nobody', sub: 'nobody' } })],
  ])('refused: %s', async (_, changes) => {
    await expectRefused(run(sent(await assertion(changes()))), 'credentials_invalid')
  })

  test.each([
    ['no type', { client_assertion_type: '' }],
    [
      'the type of SAML',
      { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' },
    ],
    ['no assertion', { client_assertion: '' }],
    ['no JWT', { client_assertion: 'abc' }],
  ])('refused: %s', async (_, changes) => {
    await expectRefused(run(sent(await assertion(), changes)), 'credentials_invalid')
  })

  test('beside the id of another client', async () => {
    await expectRefused(run(sent(await assertion(), { client_id: 'default' })), 'credentials_ambiguous')
  })

  test('unsigned', async () => {
    const [, claims = ''] = (await assertion()).split('.')
    const head = Buffer.from('{"alg":"none"}').toString('base64url')
    await expectRefused(run(sent(`${head}.${claims}.`)), 'credentials_invalid')
  })

  test('used twice', async () => {
    const assertions = memoryLedger()
    const once = sent(await assertion())
    await expectClient(run(once, {}, { assertions }), 'signer')
    await expectRefused(run(once, {}, { assertions }), 'credentials_invalid', 'the assertion was used before')
    const again = sent(await assertion({ claims: { exp: SECONDS + 90 } }))
    await expectRefused(
      run(again, {}, { assertions }),
      'credentials_invalid',
      'the assertion was used before',
    )
    await expectClient(run(sent(await assertion({ claims: { jti: 'j2' } })), {}, { assertions }), 'signer')
  })

  test('a refused assertion uses nothing up: nobody but the client can', async () => {
    const used: string[] = []
    const assertions: AssertionLedger = {
      use: (name) => {
        used.push(name)
        return 'first'
      },
    }
    await run(sent(await assertion({ key: keys.other.privateKey })), {}, { assertions })
    await run(sent(await assertion({ claims: { iss: 'signer-off', sub: 'signer-off' } })), {}, { assertions })
    expect(used).toEqual([])
    await run(sent(await assertion()), {}, { assertions })
    expect(used).toEqual(['[0,"signer","j1"]'])
  })

  test('whether it was used cannot be known', async () => {
    const assertions: AssertionLedger = { use: () => 'unknown' }
    await expectRefused(run(sent(await assertion()), {}, { assertions }), 'issuer_unavailable')
  })

  test('a disabled client', async () => {
    const token = await assertion({ claims: { iss: 'signer-off', sub: 'signer-off' } })
    await expectRefused(run(sent(token)), 'client_disabled')
  })
})
