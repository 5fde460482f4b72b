/** Every documented way in which a client proves itself, and every way to be taken for another one. */
import { describe, expect, test } from 'vitest'
import type { SecretCheck } from '../../src/clients/secret.ts'
import type { Facts } from '../../src/decision/facts.ts'
import {
  body,
  expectClient,
  expectRefused,
  form,
  header,
  json,
  part,
  raw,
  run,
  TYPE,
} from '../support/clients.ts'

describe('a secret', () => {
  test.each<[string, Partial<Facts>, string]>([
    ['in the header', header('default', 'secret-default'), 'default'],
    ['in the form', form({ client_id: 'default', client_secret: 'secret-default' }), 'default'],
    ['in the header, where that is the method', header('basic', 'secret-basic'), 'basic'],
    [
      'in the form, where that is the method',
      form({ client_id: 'post', client_secret: 'secret-post' }),
      'post',
    ],
    ['in JSON', json('{"client_id":"post","client_secret":"secret-post"}'), 'post'],
    [
      'in parts',
      body({
        kind: 'multipart',
        boundary: 'B',
        text: `${part('client_id', 'post')}${part('client_secret', 'secret-post')}--B--`,
      }),
      'post',
    ],
    ['that the upstream checks', header('kept', 'anything'), 'kept'],
    [
      'beside the same id in the body',
      { ...header('default', 'secret-default'), ...form({ client_id: 'default' }) },
      'default',
    ],
    [
      'beside other parameters twice',
      { ...header('default', 'secret-default'), ...raw('resource=a&resource=b&scope=x') },
      'default',
    ],
    ['form-encoded before base64 (RFC 6749 2.3.1)', header('a%3Ab', 'secret%2Dcolon'), 'a:b'],
    ['a plus sign in the secret, written as it is', header('plus', 'secret-a+b'), 'plus'],
    ['a plus sign in the secret, form-encoded', header('plus', 'secret-a%2Bb'), 'plus'],
  ])('%s', async (_, changes, name) => {
    await expectClient(run(changes), name)
  })

  test.each<[string, Partial<Facts>, string]>([
    ['nothing sent', {}, 'credentials_missing'],
    ['a wrong secret', header('default', 'wrong'), 'credentials_invalid'],
    ['an unknown id', header('nobody', 'secret-default'), 'credentials_invalid'],
    ['a client of another upstream (L5)', header('elsewhere', 'secret-elsewhere'), 'credentials_invalid'],
    ['a disabled client', header('off', 'secret-off'), 'client_disabled'],
    ['a disabled client that does not prove itself', header('off', 'wrong'), 'credentials_invalid'],
    [
      'post, where basic is the method',
      form({ client_id: 'basic', client_secret: 'secret-basic' }),
      'credentials_invalid',
    ],
    ['basic, where post is the method', header('post', 'secret-post'), 'credentials_invalid'],
    ['a secret of a public client', form({ client_id: 'public', client_secret: 'x' }), 'credentials_invalid'],
    ['a secret of a client with keys', header('signer', 'anything'), 'credentials_invalid'],
    ['an id alone, of a client with a secret', form({ client_id: 'default' }), 'credentials_invalid'],
    ['an id alone, where the upstream checks the secret', form({ client_id: 'kept' }), 'credentials_invalid'],
    ['a secret alone', form({ client_secret: 'secret-default' }), 'credentials_invalid'],
    ['an empty secret', form({ client_id: 'kept', client_secret: '' }), 'credentials_invalid'],
    ['an empty id', form({ client_id: '', client_secret: 'x' }), 'credentials_invalid'],
    ['a Bearer token', { authorization: 'Bearer abcdefghijklmnop' }, 'credentials_invalid'],
    ['a signed request', { authorization: `Signature kept:${'A'.repeat(27)}=` }, 'credentials_invalid'],
    [
      'a header that is empty',
      { authorization: '', ...form({ client_id: 'public' }) },
      'credentials_invalid',
    ],
  ])('refused: %s', async (_, changes, reason) => {
    await expectRefused(run(changes), reason)
  })
})

describe('two sets of credentials in one request', () => {
  const POST = { client_id: 'default', client_secret: 'secret-default' }
  test.each<[string, Partial<Facts>]>([
    ['the same secret in two places', { ...header('default', 'secret-default'), ...form(POST) }],
    [
      'another client in the body',
      { ...header('default', 'secret-default'), ...form({ client_id: 'public' }) },
    ],
    [
      'an assertion beside a secret',
      form({ ...POST, client_assertion: 'a.b.c', client_assertion_type: TYPE }),
    ],
    [
      'an assertion beside the header',
      { ...header('default', 'secret-default'), ...form({ client_assertion: 'a.b.c' }) },
    ],
    [
      'a type of assertion beside the header',
      { ...header('default', 'secret-default'), ...form({ client_assertion_type: TYPE }) },
    ],
    ['a Bearer token beside a secret', { authorization: 'Bearer abcdefghijklmnop', ...form(POST) }],
    ['two ids', raw('client_id=default&client_id=post&client_secret=secret-default')],
    ['one id twice', raw('client_id=default&client_secret=secret-default&client_id=default')],
    ['two secrets', raw('client_id=default&client_secret=secret-default&client_secret=x')],
    ['a second id in other case', raw('client_id=default&client_secret=secret-default&Client_Id=post')],
    ['a second id as a list', raw('client_id=default&client_secret=secret-default&client_id[]=post')],
    ['an id in other case alone', raw('CLIENT_ID=default&client_secret=secret-default')],
    [
      'a member that stands twice in JSON',
      json('{"client_id":"post","client_secret":"secret-post","client_id":"default"}'),
    ],
    [
      'a member under an escaped name',
      json('{"client_id":"post","client_secret":"secret-post","client\\u005fid":"default"}'),
    ],
    [
      'a part that stands twice',
      body({
        kind: 'multipart',
        boundary: 'B',
        text: `${part('client_id', 'post')}${part('client_id', 'default')}${part('client_secret', 'secret-post')}--B--`,
      }),
    ],
    ['a header that two clients can be read from', header('n%61rrow', 'anything')],
    ['a header that is read as a plus sign and as a blank', header('x+y', 'secret-x+y')],
  ])('%s', async (_, changes) => {
    await expectRefused(run(changes), 'credentials_ambiguous')
  })

  test.each<[string, Partial<Facts>]>([
    ['a secret in the query', { query: 'client_secret=secret-default&client_id=default' }],
    ['an id in the query', { query: 'client_id=default', ...header('default', 'secret-default') }],
    ['an assertion in the query', { query: 'client_assertion=a.b.c' }],
    ['a scope in the query', { query: 'scope=write', ...header('default', 'secret-default') }],
    [
      'a query that can be read in two ways',
      { query: 'a=1;client_id=post', ...header('default', 'secret-default') },
    ],
    ['a scope sent twice', { ...header('default', 'secret-default'), ...raw('scope=a&scope=b') }],
    ['any parameter sent twice', { ...header('default', 'secret-default'), ...raw('a=1&a=1') }],
    ['a form that can be read in two ways', raw('client_id=default;client_secret=secret-default')],
    ['an id that is no text', json('{"client_id":["post"],"client_secret":"secret-post"}')],
    [
      'a body of a kind that the route does not take',
      { ...header('default', 'secret-default'), body: () => ({ ok: false, error: 'other_kind' }) },
    ],
    ['a body that is not UTF-8', { body: () => ({ ok: false, error: 'malformed' }) }],
  ])('not looked at any further: %s', async (_, changes) => {
    await expectRefused(run(changes), 'bad_request')
  })

  test('a body beyond the limit is refused, not passed on unread', async () => {
    const long = form({ client_id: 'default', client_secret: 'secret-default', more: 'x'.repeat(1000) })
    await expectRefused(run(long), 'body_too_large')
  })

  test('JSON where the route takes forms', async () => {
    const sent = json('{"client_id":"post","client_secret":"secret-post"}')
    await expectRefused(run(sent, { credentialsIn: ['form'] }), 'bad_request')
  })
})

describe('a Bearer token that the route ignores', () => {
  const token = { authorization: 'Bearer abcdefghijklmnop' }
  test('the client in the body counts', async () => {
    const sent = { ...token, ...form({ client_id: 'default', client_secret: 'secret-default' }) }
    await expectClient(run(sent, { bearer: 'ignore' }), 'default')
  })

  test('alone it is nothing', async () => {
    await expectRefused(run(token, { bearer: 'ignore' }), 'credentials_missing')
  })

  test('only what is one well-formed token is ignored', async () => {
    const sent = {
      authorization: 'Bearer a, Basic b',
      ...form({ client_id: 'default', client_secret: 'secret-default' }),
    }
    await expectRefused(run(sent, { bearer: 'ignore' }), 'credentials_ambiguous')
  })
})

test('an unknown id, a wrong secret and a wrong method take the same work (T13)', async () => {
  const checked: number[] = []
  const counting: SecretCheck = (_, accepted) => checked.push(accepted.length) === 0
  for (const id of ['default', 'nobody', 'post', 'public', 'kept', 'signer', 'elsewhere'])
    await run(header(id, 'wrong'), {}, { checkSecret: counting })
  expect(checked).toEqual([1, 1, 1, 1, 1, 1, 1])
})

describe('a public client', () => {
  test('its id is enough', async () => {
    await expectClient(run(form({ client_id: 'public' })), 'public')
  })
})

describe('a client certificate', () => {
  const certificate = { verified: true, subjectDn: 'CN=batch,O=Acme', fingerprintSha256: '0'.repeat(64) }
  const sent = form({ client_id: 'machine' })

  test('the one of the client', async () => {
    await expectClient(run({ ...sent, clientCertificate: () => certificate }), 'machine')
  })

  test.each([
    ['none', undefined],
    ['not verified', { ...certificate, verified: false }],
    ['another subject', { ...certificate, subjectDn: 'CN=batch,O=Acme,C=US' }],
    ['a subject in other case', { ...certificate, subjectDn: 'cn=batch,o=acme' }],
    ['a subject that begins alike', { ...certificate, subjectDn: 'CN=batch,O=Acme2' }],
    ['an empty subject', { ...certificate, subjectDn: '' }],
  ])('refused: %s', async (_, clientCertificate) => {
    await expectRefused(run({ ...sent, clientCertificate: () => clientCertificate }), 'credentials_invalid')
  })

  test('it proves nothing for a client with a secret', async () => {
    await expectRefused(
      run({ ...form({ client_id: 'default' }), clientCertificate: () => certificate }),
      'credentials_invalid',
    )
  })
})
