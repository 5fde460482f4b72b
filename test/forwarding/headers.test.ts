import { expect, test } from 'vitest'
import { type RequestIdentity, requestHeaders, toResponseHeaders } from '../../src/forwarding/headers.ts'
import vectors from '../vectors/headers.json' with { type: 'json' }

const identity: RequestIdentity = {
  requestId: '72gnhpkttcjgc3ns',
  client: 'crm-sync',
  authorization: 'remove',
  upgrade: undefined,
}

/** JSON knows no pairs; each entry is a name and a value. */
const headersOf = (fields: readonly (readonly string[])[]): Headers => {
  const headers = new Headers()
  for (const [name = '', value = ''] of fields) headers.append(name, value)
  return headers
}

const responseHeaders = (sent: Headers, own: Iterable<readonly [string, string]>): Headers => {
  const headers = new Headers(sent)
  toResponseHeaders(headers, own)
  return headers
}

test.each(vectors.requests)('$row request: $title', ({ sent, kept, authorization, upgrade }) => {
  const forwarded = requestHeaders(headersOf(sent), {
    ...identity,
    authorization: authorization === 'forward' ? 'forward' : 'remove',
    upgrade: upgrade === 'websocket' ? 'websocket' : undefined,
  })
  expect(Object.fromEntries(forwarded)).toEqual({
    ...kept,
    'x-request-id': '72gnhpkttcjgc3ns',
    'x-sallyport-client': 'crm-sync',
  })
})

test('where nobody had to say who they are, the upstream hears of no client', () => {
  const forged = headersOf([['x-sallyport-client', 'admin']])
  const forwarded = requestHeaders(forged, { ...identity, client: undefined })
  expect(Object.fromEntries(forwarded)).toEqual({ 'x-request-id': '72gnhpkttcjgc3ns' })
})

test.each(vectors.responses)('$row response: $title', ({ sent, kept }) => {
  expect(Object.fromEntries(responseHeaders(headersOf(sent), []))).toEqual(kept)
})

test("the gateway's own fields win over those of the upstream", () => {
  const own = [
    ['X-Request-Id', '72gnhpkttcjgc3ns'],
    ['X-RateLimit-Limit', '50'],
    ['Retry-After', '2'],
  ] as const
  const upstream = headersOf([
    ['x-request-id', 'theirs'],
    ['retry-after', '900'],
    ['x-ratelimit-limit', '1000'],
  ])
  expect(Object.fromEntries(responseHeaders(upstream, own))).toEqual({
    'x-request-id': '72gnhpkttcjgc3ns',
    'x-ratelimit-limit': '50',
    'retry-after': '2',
  })
})

test('several cookies stay several', () => {
  const upstream = headersOf([
    ['set-cookie', 'a=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT'],
    ['set-cookie', 'b=2'],
  ])
  expect(responseHeaders(upstream, []).getSetCookie()).toEqual([
    'a=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT',
    'b=2',
  ])
})

test('neither direction changes what it was given', () => {
  const sent = [
    ['connection', 'x-hop'],
    ['x-hop', '1'],
    ['x-client-id', 'admin'],
    ['server', 'nginx'],
  ]
  const incoming = headersOf(sent)
  requestHeaders(incoming, identity)
  responseHeaders(incoming, [['x-request-id', '1']])
  expect([...incoming]).toEqual([...headersOf(sent)])
})
