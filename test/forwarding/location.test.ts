import fc from 'fast-check'
import { expect, test } from 'vitest'
import { returnedThrough } from '../../src/forwarding/location.ts'

const origin = 'https://acme.verify.example'

test.each([
  ['what was created', 201, `${origin}/v2.0/Users/1?a=b#c`, '/verify/v2.0/Users/1?a=b#c'],
  ['what was created, by its path', 201, '/v2.0/Users/1', '/verify/v2.0/Users/1'],
  ['what is being made', 202, `${origin}/v1.0/jobs/1`, '/verify/v1.0/jobs/1'],
  ['a redirect by a path', 302, '/oauth2/authorize?x=/y', '/verify/oauth2/authorize?x=/y'],
  ['a redirect to a page of the vendor’s', 302, `${origin}/login`, `${origin}/login`],
  ['a redirect to an application', 303, 'https://app.example/cb?code=1', 'https://app.example/cb?code=1'],
  ['what was created elsewhere', 201, 'https://other.example/1', 'https://other.example/1'],
  ['a host that starts alike', 201, `${origin}.evil.example/1`, `${origin}.evil.example/1`],
  ['another port', 201, `${origin}:8443/1`, `${origin}:8443/1`],
  ['a name beside the present one', 201, '1', '1'],
  ['another host without a scheme', 201, '//evil.example/1', '//evil.example/1'],
  ['another host with a backslash', 302, '/\\evil.example/1', '/\\evil.example/1'],
  ['another host behind a tab', 201, `${origin}/\t/evil.example/1`, `${origin}/\t/evil.example/1`],
  ['another host behind the own one', 201, `${origin}//evil.example/1`, `${origin}//evil.example/1`],
])('%s: %i %s', (_, status, sent, returned) => {
  const headers = new Headers({ location: sent, 'content-location': sent })
  returnedThrough(headers, [...headers.keys()], status, { origin, prefix: '/verify' })
  expect([headers.get('location'), headers.get('content-location')]).toEqual([returned, returned])
})

test('at the root the host alone is left out', () => {
  const headers = new Headers({ location: `${origin}/v2.0/Users/1` })
  returnedThrough(headers, [...headers.keys()], 201, { origin, prefix: '' })
  expect([...headers]).toEqual([['location', '/v2.0/Users/1']])
})

test('an answer without an address gets none', () => {
  const headers = new Headers({ etag: '"1"' })
  returnedThrough(headers, [...headers.keys()], 200, { origin, prefix: '/verify' })
  expect([...headers]).toEqual([['etag', '"1"']])
})

test('an address that is changed leads to the gateway, whatever a browser makes of it', () => {
  const piece = fc.constantFrom(
    '/',
    '\\',
    '\t',
    ' ',
    'evil.example',
    '@',
    ':',
    '.',
    '..',
    '%2f',
    '?',
    '#',
    origin,
    'http:',
    'a',
  )
  const addresses = fc
    .tuple(fc.constantFrom('', '/', origin, `${origin}/`, 'http:'), fc.array(piece, { maxLength: 5 }))
    .map(([start, pieces]) => [start, ...pieces])
  const prefixes = fc.constantFrom('', '/verify')
  const statuses = fc.constantFrom(200, 201, 302, 307)
  const gateway = 'https://gw.example'
  let changed = 0
  fc.assert(
    fc.property(addresses, prefixes, statuses, (pieces, prefix, status) => {
      const headers = new Headers({ location: pieces.join('') })
      const sent = headers.get('location')
      returnedThrough(headers, [...headers.keys()], status, { origin, prefix })
      const returned = headers.get('location') ?? ''
      if (returned === sent) return
      changed++
      expect(new URL(returned, gateway).origin).toBe(gateway)
    }),
    { numRuns: 10_000 },
  )
  expect(changed).toBeGreaterThan(200)
})
