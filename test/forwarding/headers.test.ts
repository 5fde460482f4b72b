import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type RequestIdentity, requestHeaders, toResponseHeaders } from '../../src/forwarding/headers.ts'
import { foldedName } from '../../src/forwarding/names.ts'
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

test('the fields that the upstream sent are told, whatever becomes of them', () => {
  const upstream = headersOf([
    ['Location', '/1'],
    ['Connection', 'location'],
    ['Server', 'nginx'],
  ])
  expect(toResponseHeaders(upstream, [['x-request-id', '1']])).toEqual(['connection', 'location', 'server'])
  expect(Object.fromEntries(upstream)).toEqual({ 'x-request-id': '1' })
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

const token = fc.stringMatching(/^[A-Za-z0-9_.!#$%&'*+^`|~-]{1,24}$/)
const spelledOut = fc.constantFrom(
  'X-Client-Id',
  'x_client_id',
  'X.Forwarded.For',
  'CF-Connecting-IP',
  'Remote_User',
  'X-Sallyport-Client',
)
const ordinary = fc.constantFrom(
  'accept',
  'X-Custom',
  'content-type',
  'authorization',
  'cookie',
  'connection',
)
const value = fc.stringMatching(/^[\x21-\x7e]{1,20}$/)
const fields = fc.array(
  fc.tuple(fc.oneof(token, spelledOut, ordinary), fc.oneof(value, spelledOut, ordinary)),
  { maxLength: 8 },
)

test('whatever is sent: nothing that the gateway owns goes on, and what goes on was sent', () => {
  fc.assert(
    fc.property(fields, fc.boolean(), (sent, keeps) => {
      const incoming = headersOf(sent)
      const authorization = keeps ? 'forward' : 'remove'
      const forwarded = requestHeaders(incoming, { ...identity, authorization })
      expect(forwarded.get('x-sallyport-client')).toBe('crm-sync')
      expect(forwarded.get('x-request-id')).toBe('72gnhpkttcjgc3ns')
      for (const [name, given] of forwarded) {
        if (name === 'x-sallyport-client' || name === 'x-request-id') continue
        expect(given).toBe(incoming.get(name))
        expect(foldedName(name)).not.toMatch(
          /^(?:cf-|x-forwarded-|x-sallyport-|x-client-id$|remote-user$|connection$|host$)/,
        )
      }
      expect(forwarded.has('authorization')).toBe(keeps && incoming.has('authorization'))
      // The decision was made by the type of the body, so nobody has it removed on the way (threat H3).
      expect(forwarded.get('content-type')).toBe(incoming.get('content-type'))
    }),
    { numRuns: 2000 },
  )
})

test("whatever the upstream answers: the gateway's own fields are the gateway's", () => {
  const own = [
    ['x-request-id', '72gnhpkttcjgc3ns'],
    ['x-ratelimit-limit', '50'],
  ] as const
  const inside = fc.constantFrom(
    'Server',
    'X_Powered_By',
    'X-Internal-Token',
    'X-RateLimit-Remaining',
    'Alt-Svc',
    'X-Request-Id',
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.oneof(token, inside, ordinary), value), { maxLength: 8 }), (sent) => {
      const incoming = headersOf(sent)
      const answered = responseHeaders(incoming, own)
      for (const [name, given] of own) expect(answered.get(name)).toBe(given)
      for (const [name, given] of answered) {
        if (own.some(([ours]) => ours === name)) continue
        expect(given).toBe(incoming.get(name))
        expect(foldedName(name)).not.toMatch(/^(?:server|x-powered-by|x-internal-.*|x-ratelimit-.*|alt-svc)$/)
      }
    }),
    { numRuns: 2000 },
  )
})
