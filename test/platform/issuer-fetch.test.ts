import { afterAll, beforeAll, expect, test } from 'vitest'
import { fail, ok } from '../../src/base/result.ts'
import { issuerFetch } from '../../src/platform/issuer-fetch.ts'
import { type Issuer, startIssuer } from '../support/issuer.ts'

let issuer: Issuer
beforeAll(async () => {
  issuer = await startIssuer()
})
afterAll(() => issuer.close())

const get = (address: string) =>
  issuerFetch(address, { method: 'GET', headers: { accept: 'application/json' } })

test('the JSON of a 200', async () => {
  issuer.serve('/keys', { keys: [] })
  expect(await get(`${issuer.url}/keys`)).toEqual(ok({ keys: [] }))
})

test('a form that is sent', async () => {
  issuer.serve('/introspect', ({ headers, form }, response) => {
    response.end(JSON.stringify({ accept: headers.accept, token: form.get('token') }))
  })
  const call = { method: 'POST' as const, headers: { accept: 'x/y' }, body: 'token=abc' }
  expect(await issuerFetch(`${issuer.url}/introspect`, call)).toEqual(ok({ accept: 'x/y', token: 'abc' }))
})

test.each([
  ['no JSON', 200, '{"keys":', 'the answer is no JSON'],
  ['nothing', 200, '', 'the answer is no JSON'],
  ['64 KiB and a byte', 200, `"${'x'.repeat(64 * 1024 - 1)}"`, 'the answer is too long'],
  ['another status', 201, '{"keys":[]}', 'the answer is a 201'],
  ['a failure', 500, '{"keys":[]}', 'the answer is a 500'],
])('refused: %s', async (_, status, text, why) => {
  issuer.serve('/refused', (__, response) => response.writeHead(status).end(text))
  expect(await get(`${issuer.url}/refused`)).toEqual(fail(why))
})

test('64 KiB are read', async () => {
  const text = 'x'.repeat(64 * 1024 - 2)
  issuer.serve('/long', (_, response) => response.end(JSON.stringify(text)))
  expect(await get(`${issuer.url}/long`)).toEqual(ok(text))
})

test('a redirect is not followed', async () => {
  issuer.serve('/moved', (_, response) => response.writeHead(302, { location: '/target' }).end())
  issuer.serve('/target', { keys: [] })
  expect(await get(`${issuer.url}/moved`)).toEqual(fail('the answer is a 302'))
  expect(issuer.calls('/target')).toBe(0)
})

test('a connection that breaks', async () => {
  issuer.serve('/broken', (_, response) => response.destroy())
  expect(await get(`${issuer.url}/broken`)).toEqual(fail('no answer'))
})

/** Nothing is sent: there is no such host, and the reason says that it was not tried. */
test.each([
  'http://issuer.example/keys',
  'http://127.0.0.1.issuer.example/keys',
  'http://127.0.0.1@issuer.example/keys',
  'ftp://127.0.0.1/keys',
  'data:application/json,{"keys":[]}',
  'issuer.example/keys',
  '',
])('%s is not asked', async (address) => {
  expect(await get(address)).toEqual(fail('the address is not https'))
})
