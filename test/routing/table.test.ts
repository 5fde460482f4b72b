import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { comparePatterns, type Pattern, parsePattern } from '../../src/routing/pattern.ts'
import { routeTable } from '../../src/routing/table.ts'
import { mount, path, route } from '../support/routes.ts'
import vectors from '../vectors/paths.json' with { type: 'json' }

describe('the paths of the threat rows', () => {
  const table = routeTable(
    [mount('')],
    [
      route('public', '/public/**'),
      route('config', '/config/**'),
      route('export', '/users/a:export'),
      route('user', '/users/{user}'),
    ],
  )

  test.each(vectors.routed)('$row $raw goes to $route', ({ raw, route: id }) => {
    expect(table.find('gw.example', path(raw))?.route.id ?? null).toBe(id)
  })
})

describe('which pattern wins', () => {
  const table = routeTable(
    [mount('')],
    [
      route('siem', '/config/applications/{app}/eventdelivery/**'),
      route('clients', '/config/{app}/clients', '/config/{app}/clients/{client}'),
      route('hosted-login', '/{customer}/config/clients'),
      route('slash', '/config/{app}/webhooks/'),
      route('root', '/'),
      route('rest', '/config/{app}/**'),
    ],
  )

  test.each([
    {
      raw: '/config/applications/x/eventdelivery/y',
      id: 'siem',
      pattern: '/config/applications/{app}/eventdelivery/**',
    },
    { raw: '/config/applications/clients', id: 'clients', pattern: '/config/{app}/clients' },
    { raw: '/config/applications/eventdelivery', id: 'rest', pattern: '/config/{app}/**' },
    { raw: '/config/config/clients', id: 'clients', pattern: '/config/{app}/clients' },
    { raw: '/other/config/clients', id: 'hosted-login', pattern: '/{customer}/config/clients' },
    { raw: '/config/x/clients/1', id: 'clients', pattern: '/config/{app}/clients/{client}' },
    { raw: '/config/x/clients/1/2', id: 'rest', pattern: '/config/{app}/**' },
    { raw: '/config/x/webhooks/', id: 'slash', pattern: '/config/{app}/webhooks/' },
    { raw: '/config/x/webhooks', id: 'rest', pattern: '/config/{app}/**' },
    { raw: '/', id: 'root', pattern: '/' },
  ])('$raw: $id', ({ raw, id, pattern }) => {
    const found = table.find('gw.example', path(raw))
    expect([found?.route.id, found?.pattern]).toEqual([id, pattern])
  })

  test.each([
    '/config',
    '/config/',
    '/config/x',
    '/config/x/',
    '/config/x/clients/',
    '/a/b/c/d',
    '/constructor',
    '/__proto__',
  ])('nothing matches %s', (raw) => {
    expect(table.find('gw.example', path(raw))).toBeUndefined()
  })
})

describe('hosts', () => {
  const table = routeTable(
    [mount('', 'api.example'), mount('/shared'), mount('/shared/deep', 'api.example', 'other.example')],
    [
      { ...route('bound', '/shared/**', '/x'), upstream: 0 },
      { ...route('open', '/shared/exact', '/shared/open/{a}'), upstream: 1 },
      { ...route('deep', '/shared/deep/x'), upstream: 2 },
    ],
  )

  test.each([
    {
      host: 'api.example',
      raw: '/shared/exact',
      id: 'bound',
      why: 'a bound upstream comes first, however general',
    },
    { host: 'api.example', raw: '/shared/deep/x', id: 'deep', why: 'among the bound ones the literal wins' },
    {
      host: 'other.example',
      raw: '/shared/exact',
      id: 'open',
      why: 'an upstream without hosts answers on all',
    },
    { host: 'gw.example', raw: '/shared/exact', id: 'open', why: 'on unknown ones too' },
    { host: 'gw.example', raw: '/x', id: undefined, why: 'a bound route stays on its host' },
    { host: 'constructor', raw: '/x', id: undefined, why: 'no host is inherited' },
  ])('$host$raw: $why', ({ host, raw, id }) => {
    expect(table.find(host, path(raw))?.route.id).toBe(id)
  })

  test.each([
    { host: 'api.example', raw: '/shared/deep/y', upstream: 2 },
    { host: 'api.example', raw: '/nothing', upstream: 0 },
    { host: 'other.example', raw: '/shared/deep', upstream: 2 },
    { host: 'other.example', raw: '/shared/deeper', upstream: 1 },
    { host: 'gw.example', raw: '/shared', upstream: 1 },
    { host: 'gw.example', raw: '/sharedx', upstream: undefined },
    { host: 'gw.example', raw: '/', upstream: undefined },
  ])('without a route, upstream $upstream answers on $host$raw', ({ host, raw, upstream }) => {
    expect(table.upstreamOf(host, path(raw))).toBe(upstream)
  })
})

describe('a policy that no compiler would write stops the gateway', () => {
  test.each([
    {
      title: 'two of one shape',
      paths: ['/a/{b}', '/a/{c}'],
      message: 'routes x and x match the same paths: /a/{c}',
    },
    { title: 'two rests', paths: ['/a/**', '/a/**'], message: 'routes x and x match the same paths: /a/**' },
  ])('$title', ({ paths, message }) => {
    expect(() => routeTable([mount('')], [route('x', ...paths)])).toThrow(message)
  })
})

/** The rule itself, slowly: of all patterns that match, the first in the order. */
function firstMatch(patterns: readonly Pattern[], segments: readonly string[]): string | undefined {
  return patterns.filter((pattern) => matches(pattern, segments)).toSorted(comparePatterns)[0]?.text
}

function matches({ segments: wanted }: Pattern, given: readonly string[]): boolean {
  const open = wanted.at(-1)?.kind === 'rest'
  if (open ? given.length < wanted.length || given.at(-1) === '' : given.length !== wanted.length)
    return false
  return wanted.every((segment, at) => {
    if (segment.kind === 'literal') return segment.key === given[at]
    return given[at] !== ''
  })
}

test('the tree agrees with the rule, whatever the order of the routes', () => {
  const segment = fc.constantFrom('a', 'b', 'c', '{x}')
  const text = fc
    .tuple(fc.array(segment, { maxLength: 3 }), fc.constantFrom('a', '{y}', '**', ''))
    .map(([start, last]) => `/${[...start.map((part, at) => part.replace('x', `x${at}`)), last].join('/')}`)
  const texts = fc.uniqueArray(text, { maxLength: 14, selector: (one) => one.replaceAll(/\{\w+\}/g, '{}') })
  const given = fc
    .tuple(fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 }), fc.constantFrom('a', 'e', ''))
    .map(([start, last]) => [...start, last])
  fc.assert(
    fc.property(texts, given, (all, segments) => {
      const patterns = all.map((one) => parsePattern(one)).flatMap((one) => (one.ok ? [one.value] : []))
      expect(patterns.length).toBe(all.length)
      const request = path(`/${segments.join('/')}`)
      const expected = firstMatch(patterns, segments)
      for (const order of [all, all.toReversed()]) {
        const table = routeTable(
          [mount('')],
          order.map((one, at) => route(`r${at}`, one)),
        )
        expect(table.find('gw.example', request)?.pattern).toBe(expected)
      }
    }),
    { numRuns: 3000 },
  )
})

test.each([
  ['/a%3Ab', '/a:b'],
  ['/a:b', '/a%3Ab'],
  ['/caf%C3%A9/{id}', '/caf%c3%a9/1'],
])('however they are escaped, the pattern %s finds %s', (pattern, raw) => {
  expect(routeTable([mount('')], [route('one', pattern)]).find('gw.example', path(raw))?.pattern).toBe(
    pattern,
  )
})

test('10,000 routes: each is found, and a path of all dead ends ends', () => {
  const routes = Array.from({ length: 10_000 }, (_, at) =>
    route(`r${at}`, `/v${at % 10}/{tenant}/kind-${at}/{id}/end`),
  )
  const table = routeTable([mount('')], routes)
  for (let at = 0; at < 10_000; at += 7) {
    expect(table.find('gw.example', path(`/v${at % 10}/acme/kind-${at}/9/end`))?.route.id).toBe(`r${at}`)
  }
  expect(table.find('gw.example', path(`/v1/acme/kind-2/9/end`))).toBeUndefined()
})

test('a search that must go back looks at no place twice', () => {
  // Twelve levels with a literal and a parameter each: 4,096 ways to the bottom, all of which fail.
  const texts = Array.from({ length: 4096 }, (_, way) => {
    const parts = Array.from({ length: 12 }, (_, level) => ((way >> level) & 1 ? 'a' : `{p${level}}`))
    return `/${parts.join('/')}/end`
  })
  const table = routeTable([mount('')], [route('all', ...texts)])
  expect(table.find('gw.example', path(`${'/a'.repeat(12)}/end`))?.pattern).toBe(`${'/a'.repeat(12)}/end`)
  expect(table.find('gw.example', path(`${'/a'.repeat(12)}/other`))).toBeUndefined()
})
