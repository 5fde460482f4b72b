import { describe, expect, test } from 'vitest'
import type { CredentialPlace } from '../../src/authentication/config.ts'
import { authentication } from '../../src/authentication/stage.ts'
import { fail, ok } from '../../src/base/result.ts'
import type { ClientConfig } from '../../src/clients/config.ts'
import { policyRegistry } from '../../src/clients/memory.ts'
import type { SecretCheck } from '../../src/clients/secret.ts'
import type { Facts } from '../../src/decision/facts.ts'
import { clientConfig } from '../support/client-config.ts'
import { basic, facts, form } from '../support/facts.ts'
import { noTokens } from '../support/no-tokens.ts'

const client = (name: string, changes: Partial<ClientConfig> = {}): ClientConfig =>
  clientConfig(name, { clientId: `id-${name}`, ...changes })

/** The secret of client `acme` is `secret-acme`: the check is a port, so hashing is not part of this test. */
const checkSecret: SecretCheck = (secret, accepted) =>
  accepted.some(({ sha256 }) => secret === `secret-${sha256}`)

function stageOf(credentials: readonly CredentialPlace[] = ['basic'], check = checkSecret) {
  const clients = [
    client('acme'),
    client('other', { upstreams: [1] }),
    client('both', { upstreams: [0, 1] }),
    client('off', { enabled: false }),
    client('public', { secrets: 'none' }),
    client('kept', { secrets: 'upstream' }),
  ]
  return authentication([{ credentials, disabledClientTokens: 'refuse' }], [], {
    registry: policyRegistry(clients),
    checkSecret: check,
    ...noTokens,
  })
}

const route = (auth: 'basic' | 'client_id' | 'token' | 'none', token?: string) => ({
  upstream: 0,
  auth,
  ...(token === undefined ? {} : { token }),
})

describe('basic', () => {
  const run = (changes: Partial<Facts>, places?: CredentialPlace[]) =>
    stageOf(places).run({ facts: facts(changes), route: route('basic') })

  test.each([
    ['the right secret', { authorization: basic('id-acme', 'secret-acme') }, 'acme'],
    ['a client of two upstreams', { authorization: basic('id-both', 'secret-both') }, 'both'],
    ['a secret that the upstream checks', { authorization: basic('id-kept', 'anything') }, 'kept'],
  ])('%s', async (_, changes, name) => {
    expect(await run(changes)).toMatchObject({
      ok: true,
      value: { principal: { client: { name }, by: 'basic' } },
    })
  })

  test.each([
    ['nothing sent', {}, 'credentials_missing'],
    ['a wrong secret', { authorization: basic('id-acme', 'wrong') }, 'credentials_invalid'],
    ['an unknown id', { authorization: basic('id-nobody', 'secret-acme') }, 'credentials_invalid'],
    [
      'a client of another upstream (L5)',
      { authorization: basic('id-other', 'secret-other') },
      'credentials_invalid',
    ],
    ['a public client', { authorization: basic('id-public', 'secret-public') }, 'credentials_invalid'],
    ['a disabled client', { authorization: basic('id-off', 'secret-off') }, 'client_disabled'],
    [
      'a disabled client with a wrong secret',
      { authorization: basic('id-off', 'wrong') },
      'credentials_invalid',
    ],
    ['a Bearer token', { authorization: 'Bearer abcdefghijklmnop' }, 'credentials_invalid'],
    [
      'parameters where only Basic is taken',
      { query: 'client_id=id-acme&client_secret=secret-acme' },
      'credentials_missing',
    ],
  ])('refused: %s', async (_, changes, reason) => {
    expect(await run(changes)).toMatchObject({ ok: false, error: { reason } })
  })

  test('an unknown id takes the same work as a wrong secret (T13)', async () => {
    const checked: number[] = []
    const counting: SecretCheck = (_, accepted) => checked.push(accepted.length) === 0
    const stage = stageOf(['basic'], counting)
    for (const id of ['id-acme', 'id-nobody', 'id-public']) {
      await stage.run({ facts: facts({ authorization: basic(id, 'wrong') }), route: route('basic') })
    }
    expect(checked).toEqual([1, 1, 1])
  })

  describe('where the upstream takes parameters too', () => {
    const places: CredentialPlace[] = ['basic', 'form', 'query']

    test.each([
      ['in the form', { body: form('client_id=id-acme&client_secret=secret-acme') }],
      ['in the query', { query: 'client_id=id-acme&client_secret=secret-acme' }],
      ['the same twice', { query: 'client_id=id-acme', authorization: basic('id-acme', 'secret-acme') }],
    ])('%s', async (_, changes) => {
      expect(await run(changes, places)).toMatchObject({
        ok: true,
        value: { principal: { client: { name: 'acme' } } },
      })
    })

    test.each([
      [
        'another id beside Basic',
        { query: 'client_id=id-both', authorization: basic('id-acme', 'secret-acme') },
      ],
      [
        'another secret beside Basic',
        { body: form('client_secret=x'), authorization: basic('id-acme', 'secret-acme') },
      ],
      ['two ids', { query: 'client_id=id-acme&client_id=id-both&client_secret=secret-acme' }],
      [
        'an id in the query and another in the form',
        { query: 'client_id=id-acme', body: form('client_id=id-both') },
      ],
    ])('two credentials are refused: %s', async (_, changes) => {
      expect(await run(changes, places)).toMatchObject({
        ok: false,
        error: { reason: 'credentials_ambiguous' },
      })
    })

    test('a form that is too large to read is refused, not skipped', async () => {
      expect(await run({ body: () => fail('too_large') }, places)).toMatchObject({
        ok: false,
        error: { reason: 'body_too_large' },
      })
    })
  })
})

describe('client_id', () => {
  const run = (changes: Partial<Facts>) => stageOf().run({ facts: facts(changes), route: route('client_id') })

  test.each([
    ['in the query', { query: 'a=b&client_id=id-public' }],
    ['in the form', { body: form('client_id=id-public') }],
    ['beside a value that holds a semicolon', { query: 'a=b;c&client_id=id-public' }],
    [
      'in both',
      {
        query: 'client_id=id-public',
        body: () => Promise.resolve(ok({ kind: 'form' as const, text: 'client_id=id-public', boundary: '' })),
      },
    ],
    ['beside a user’s token', { query: 'client_id=id-public', authorization: 'OAuth abc' }],
  ])('%s', async (_, changes) => {
    expect(await run(changes)).toMatchObject({
      ok: true,
      value: { principal: { client: { name: 'public' }, by: 'client_id' } },
    })
  })

  test.each([
    ['none sent', {}, 'credentials_missing'],
    ['an empty one', { query: 'client_id=' }, 'credentials_missing'],
    ['an unknown one', { query: 'client_id=id-nobody' }, 'credentials_invalid'],
    ['one of another upstream', { query: 'client_id=id-other' }, 'credentials_invalid'],
    ['two different ones', { query: 'client_id=id-public&client_id=id-acme' }, 'credentials_ambiguous'],
    [
      'another one in a Basic header',
      { query: 'client_id=id-public', authorization: basic('id-acme', 'x') },
      'credentials_ambiguous',
    ],
    [
      'one that only a reader of `;` would find',
      { query: 'a=1;client_id=id-acme&client_id=id-public' },
      'credentials_ambiguous',
    ],
    ['one behind a second question mark', { query: '?client_id=id-public' }, 'credentials_missing'],
    ['a disabled client', { query: 'client_id=id-off' }, 'client_disabled'],
    ['a form that is not UTF-8', { body: () => fail('malformed' as const) }, 'bad_request'],
  ])('refused: %s', async (_, changes, reason) => {
    expect(await run(changes)).toMatchObject({ ok: false, error: { reason } })
  })
})

describe('none and token', () => {
  test('a route without authentication knows nobody, whatever is sent', async () => {
    const outcome = await stageOf().run({
      facts: facts({ authorization: basic('id-acme', 'secret-acme') }),
      route: route('none'),
    })
    expect(outcome).toEqual({ ok: true, value: { principal: { client: undefined, scopes: [], by: 'none' } } })
  })

  test.each([
    ['a token that the upstream checks', 'Bearer abcdefghijklmnop', undefined],
    ['the scheme in other case (T10)', 'bearer abcdefghijklmnop', undefined],
    ['nothing', undefined, 'credentials_missing'],
    ['Basic', basic('id-acme', 'secret-acme'), 'credentials_invalid'],
    ['a scheme that ends alike (T10)', 'xBearer abcdefghijklmnop', 'credentials_invalid'],
    ['a token too short to be one (T12)', 'Bearer a', 'credentials_invalid'],
    ['two tokens joined (H4)', 'Bearer abcdefghijklmnop, Bearer abcdefghijklmnop', 'credentials_invalid'],
  ])('%s', async (_, authorization, reason) => {
    const outcome = await stageOf().run({
      facts: facts({ authorization }),
      route: route('token', 'upstream'),
    })
    expect(outcome).toMatchObject(reason === undefined ? { ok: true } : { ok: false, error: { reason } })
  })

  test('a token in the query is none (T15)', async () => {
    const outcome = await stageOf().run({
      facts: facts({ query: 'access_token=abcdefghijklmnop' }),
      route: route('token', 'upstream'),
    })
    expect(outcome).toMatchObject({ ok: false, error: { reason: 'credentials_missing' } })
  })
})
