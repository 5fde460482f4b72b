/** `auth: basic` in front of an upstream that reads credentials itself: parameters beside the header, signed requests. */
import { describe, expect, test } from 'vitest'
import { type BasicAt, basicCheck } from '../../src/authentication/by-basic.ts'
import { policyRegistry } from '../../src/clients/memory.ts'
import type { BodyText, Facts } from '../../src/decision/facts.ts'
import { clientConfig as client } from '../support/client-config.ts'
import { basic, bodyOf, facts, form, NOW } from '../support/facts.ts'
import { hash } from '../support/hash.ts'

const clients = [
  client('acme'),
  client('other'),
  client('kept', { secrets: 'upstream' }),
  client('off', { secrets: 'upstream', enabled: false }),
]

const LIMIT = 100

const run = (changes: Partial<Facts>, at: Partial<BasicAt> = {}) =>
  basicCheck({
    registry: policyRegistry(clients),
    checkSecret: (secret, accepted) => accepted.some(({ sha256 }) => secret === `secret-${sha256}`),
    hash,
  })({
    facts: facts({ method: 'POST', ...changes }),
    upstream: 0,
    places: ['basic'],
    refusesOthers: true,
    limit: LIMIT,
    ...at,
  })

const ACME = { authorization: basic('acme', 'secret-acme') }
const parts = (text: string): BodyText => ({ kind: 'multipart', boundary: 'B', text })
const part = (name: string, value: string) =>
  `--B\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n--B--`

describe('parameters beside Basic', () => {
  test.each<[string, Partial<Facts>]>([
    ['none', {}],
    ['the same id', { query: 'client_id=acme' }],
    ['the same id and secret', { body: form('client_id=acme&client_secret=secret-acme') }],
    ['others', { body: form('id=other&attributes={"a":"b;c"}') }],
    [
      'in JSON, where ids are the subject of the request',
      { body: bodyOf({ kind: 'json', text: '{"client_id":"other"}', boundary: '' }) },
    ],
    ['the same id in a part', { body: bodyOf(parts(part('client_id', 'acme'))) }],
  ])('let through: %s', async (_, changes) => {
    expect(await run({ ...ACME, ...changes })).toMatchObject({
      ok: true,
      value: { principal: { client: { name: 'acme' } } },
    })
  })

  test.each<[string, Partial<Facts>]>([
    ['another id in the query', { query: 'client_id=other' }],
    ['another secret in the query', { query: 'client_secret=x' }],
    ['another id in the form', { body: form('a=1&client_id=other') }],
    ['another client in the form', { body: form('client_id=other&client_secret=secret-other') }],
    ['another id in a part', { body: bodyOf(parts(part('client_id', 'other'))) }],
    ['another id behind a semicolon', { body: form('a=1;client_id=other') }],
    ['another id in other case', { body: form('CLIENT_ID=other') }],
    ['another id as a list', { body: form('client_id[]=other') }],
    ['two ids', { body: form('client_id=acme&client_id=other') }],
    ['an empty id', { body: form('client_id=') }],
    [
      'ids that only look like one when joined',
      { query: 'client_id=acme,acme', body: form('client_id=acme') },
    ],
  ])('refused: %s', async (_, changes) => {
    expect(await run({ ...ACME, ...changes })).toMatchObject({
      ok: false,
      error: { reason: 'credentials_ambiguous' },
    })
  })

  test('they do not stand in for the header', async () => {
    const sent = { body: form('client_id=acme&client_secret=secret-acme') }
    expect(await run(sent)).toMatchObject({ ok: false, error: { reason: 'credentials_missing' } })
  })

  test('a header where only the form is a place', async () => {
    expect(await run(ACME, { places: ['form'] })).toMatchObject({
      ok: false,
      error: { reason: 'credentials_invalid' },
    })
  })

  test('in the query, where only the form is a place', async () => {
    const sent = { query: 'client_id=acme&client_secret=secret-acme' }
    expect(await run(sent, { places: ['form'] })).toMatchObject({
      ok: false,
      error: { reason: 'credentials_missing' },
    })
  })

  test('a form beyond the limit is refused, and one within a higher limit is read', async () => {
    const long = { ...ACME, body: form(`a=${'x'.repeat(LIMIT)}`) }
    expect(await run(long)).toMatchObject({ ok: false, error: { reason: 'body_too_large' } })
    expect(await run(long, { limit: 10 * LIMIT })).toMatchObject({ ok: true })
    const hidden = { ...ACME, body: form(`a=${'x'.repeat(LIMIT)}&client_id=other`) }
    expect(await run(hidden, { limit: 10 * LIMIT })).toMatchObject({
      ok: false,
      error: { reason: 'credentials_ambiguous' },
    })
  })

  test.each<[string, Partial<Facts>]>([
    ['parts that can be read in two ways', { body: bodyOf(parts(`${part('client_id', 'acme')}\r\nx`)) }],
    ['a body that is not UTF-8', { body: () => ({ ok: false, error: 'malformed' }) }],
  ])('not passed on: %s', async (_, changes) => {
    expect(await run({ ...ACME, ...changes })).toMatchObject({ ok: false, error: { reason: 'bad_request' } })
  })

  test('whoever proves nothing has no body read', async () => {
    const body: Facts['body'] = () => {
      throw new Error('read')
    }
    const sent = { authorization: basic('acme', 'wrong'), body }
    expect(await run(sent)).toMatchObject({ ok: false, error: { reason: 'credentials_invalid' } })
  })

  test('where the policy ignores them the form stays unread', async () => {
    const body: Facts['body'] = () => {
      throw new Error('read')
    }
    expect(await run({ ...ACME, query: 'client_id=other', body }, { refusesOthers: false })).toMatchObject({
      ok: true,
    })
  })
})

describe('a signed request', () => {
  const places: BasicAt['places'] = ['basic', 'signature']
  const signed = (id: string, signature = `${'A'.repeat(27)}=`) => ({
    authorization: `Signature ${id}:${signature}`,
  })

  test.each<[string, Partial<Facts>]>([
    ['of a client whose secret the upstream holds', signed('kept')],
    ['beside the same id', { ...signed('kept'), query: 'client_id=kept' }],
  ])('%s', async (_, changes) => {
    expect(await run(changes, { places })).toMatchObject({
      ok: true,
      value: { principal: { client: { name: 'kept' } } },
    })
  })

  test.each<[string, Partial<Facts>, string]>([
    ['of a client whose secret is here', signed('acme'), 'credentials_invalid'],
    ['of nobody', signed('nobody'), 'credentials_invalid'],
    ['of a disabled client', signed('off'), 'client_disabled'],
    ['beside another id', { ...signed('kept'), query: 'client_id=acme' }, 'credentials_ambiguous'],
    ['beside a secret', { ...signed('kept'), body: form('client_secret=x') }, 'credentials_ambiguous'],
    ['with a signature of another length', signed('kept', 'AAAA'), 'credentials_invalid'],
    ['with a second colon', signed('kept:x'), 'credentials_invalid'],
    ['without an id', signed(''), 'credentials_invalid'],
    [
      'joined with another header',
      { authorization: `${signed('kept').authorization}, Basic x` },
      'credentials_invalid',
    ],
  ])('refused: %s', async (_, changes, reason) => {
    expect(await run(changes, { places })).toMatchObject({ ok: false, error: { reason } })
  })

  test('where the upstream’s line does not name them', async () => {
    expect(await run(signed('kept'))).toMatchObject({ ok: false, error: { reason: 'credentials_invalid' } })
  })
})

describe('whoever has proven a secret is remembered', () => {
  const END = NOW + 1000
  const acme = client('acme', { secrets: [{ sha256: 'acme', expires: END }] })

  function gateway(registered = acme) {
    const world = { client: registered, checks: 0 }
    const check = basicCheck({
      registry: { find: (_, id) => (id === world.client.clientId ? world.client : undefined) },
      checkSecret: (secret, accepted, now) => {
        world.checks++
        return accepted.some(({ sha256, expires }) => secret === `secret-${sha256}` && now < expires)
      },
      hash,
    })
    const call = (changes: Partial<Facts> = {}, at: Partial<BasicAt> = {}) =>
      check({
        facts: facts({ ...ACME, ...changes }),
        upstream: 0,
        places: ['basic'],
        refusesOthers: true,
        limit: LIMIT,
        ...at,
      })
    return { world, call }
  }

  const proven = { ok: true, value: { principal: { by: 'basic' } } }
  const refused = { ok: false, error: { reason: 'credentials_invalid' } }

  test('and answered at once, without another look at the secret', async () => {
    const { world, call } = gateway()
    expect(await call()).toMatchObject(proven)
    expect(call()).toMatchObject(proven)
    expect(world.checks).toBe(1)
  })

  test('not one who has proven nothing', async () => {
    const { world, call } = gateway()
    const wrong = { authorization: basic('acme', 'secret-other') }
    expect(await call(wrong)).toMatchObject(refused)
    expect(await call(wrong)).toMatchObject(refused)
    expect(world.checks).toBe(2)
  })

  test('until the secret ends', async () => {
    const { call } = gateway()
    expect(await call({ now: END - 1 })).toMatchObject(proven)
    expect(await call({ now: END - 1 })).toMatchObject(proven)
    expect(await call({ now: END })).toMatchObject(refused)
  })

  test.each<[string, typeof acme]>([
    ['is disabled', { ...acme, enabled: false }],
    ['has another secret', { ...acme, secrets: [{ sha256: 'new', expires: END }] }],
    ['is gone', client('somebody-else')],
  ])('until the client %s', async (_, changed) => {
    const { world, call } = gateway()
    expect(await call()).toMatchObject(proven)
    world.client = changed
    expect(await call()).toMatchObject({ ok: false })
  })

  test('at this upstream and no other', async () => {
    const { world, call } = gateway()
    expect(await call()).toMatchObject(proven)
    expect(await call({}, { upstream: 1 })).toMatchObject(proven)
    expect(world.checks).toBe(2)
  })

  test('and yet nothing else may stand beside the header', async () => {
    const { call } = gateway()
    expect(await call()).toMatchObject(proven)
    expect(await call({ query: 'client_id=other' })).toMatchObject({
      ok: false,
      error: { reason: 'credentials_ambiguous' },
    })
    expect(await call({ query: 'client_id=acme&client_secret=secret-acme' })).toMatchObject(proven)
  })

  test('nowhere where no header is accepted', async () => {
    const { call } = gateway()
    expect(await call()).toMatchObject(proven)
    expect(await call({}, { places: ['form'] })).toMatchObject(refused)
  })
})
