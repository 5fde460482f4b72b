import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fail, ok } from '../../src/base/result.ts'
import { upstreamUrl } from '../../src/forwarding/target.ts'
import { canonicalPath } from '../../src/routing/path.ts'
import { path } from '../support/routes.ts'

const origin = 'https://upstream.example:8443'

test.each([
  { prefix: '', raw: '/', query: '', url: '/' },
  { prefix: '', raw: '/config/clients', query: '', url: '/config/clients' },
  { prefix: '/akamai', raw: '/akamai/config/clients', query: '', url: '/config/clients' },
  { prefix: '/akamai', raw: '/akamai/akamai/x', query: '', url: '/akamai/x' },
  { prefix: '/akamai', raw: '/akamai', query: '', url: '/' },
  { prefix: '/akamai', raw: '/akamai/', query: '', url: '/' },
  { prefix: '/a/b', raw: '/a/b/c/', query: '', url: '/c/' },
  { prefix: '', raw: '/users/a%40b', query: 'q=1&r=%2e%2e/', url: '/users/a%40b?q=1&r=%2e%2e/' },
  { prefix: '', raw: '/x', query: '?', url: '/x??' },
  { prefix: '', raw: '/x', query: 'next=https://a.example/b?c', url: '/x?next=https://a.example/b?c' },
  { prefix: '', raw: '/x', query: "filter=a='b'", url: '/x?filter=a=%27b%27' },
  { prefix: '', raw: '/x', query: 'a="1"&b=<2>', url: '/x?a=%221%22&b=%3C2%3E' },
  { prefix: '', raw: '/x', query: 'a=100%&b=[1]{2}|\\^`', url: '/x?a=100%&b=[1]{2}|\\^`' },
])('$raw below $prefix with $query goes to $url', ({ prefix, raw, query, url }) => {
  expect(upstreamUrl(origin, prefix, path(raw), query)).toEqual(ok(origin + url))
})

test.each([
  'a#b',
  '#',
  'a b',
  'a\tb',
  'a\r\nX-Admin: 1',
  'a\u0000',
  'a\u007f',
  'caf\u00e9',
  '\ufffd',
  '\u2028',
])('a query with %j is refused', (query) => {
  expect(upstreamUrl(origin, '', path('/x'), query)).toEqual(fail('bad_query'))
})

test.each([
  { row: 'P11', prefix: '/api', raw: '/apis/x' },
  { row: 'P8', prefix: '/api', raw: '/x/api/admin' },
  { row: 'P9', prefix: '/api', raw: '/API/x' },
])('$row: $raw is not below $prefix', ({ prefix, raw }) => {
  expect(upstreamUrl(origin, prefix, path(raw), '')).toEqual(fail('outside_prefix'))
})

test('P8: a prefix is taken off what was canonical before', () => {
  expect(upstreamUrl(origin, '/api', path('/api%2e/admin/secret'), '')).toEqual(fail('outside_prefix'))
  expect(upstreamUrl(origin, '/api', path('/%61pi/admin'), '')).toEqual(ok(`${origin}/admin`))
})

test('P4: whatever is accepted stays on the origin, byte for byte', () => {
  const piece = fc.constantFrom(
    ...[
      '/',
      '.',
      '..',
      'a',
      '%2e',
      '%2f',
      '%5c',
      '%25',
      '\\',
      '@',
      ':',
      ';',
      '?',
      '#',
      '%40',
      '//',
      'http:',
      "'",
      '"',
      '[',
      '&',
    ],
  )
  const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(text, fc.oneof(text, fc.string({ unit: 'binary', maxLength: 6 })), (raw, query) => {
      const canonical = canonicalPath(`/${raw}`)
      if (!canonical.ok) return
      const url = upstreamUrl(origin, '', canonical.value, query)
      if (!url.ok) return
      const parsed = new URL(url.value)
      expect(parsed.origin).toBe(origin)
      expect(parsed.username + parsed.password + parsed.hash).toBe('')
      expect(parsed.href).toBe(url.value)
      expect(parsed.pathname).toBe(canonical.value)
      // The constructor drops one leading question mark.
      const sent = new URLSearchParams(`?${query}`)
      expect([...parsed.searchParams]).toEqual([...sent])
    }),
    { numRuns: 5000 },
  )
})
