/**
 * No spelling of a protected path is taken for another route. What the spellings could mean is asked of careless
 * programs: each has a few of the habits that real servers behind real gateways were caught with (threats P1 to P10).
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ok } from '../../src/base/result.ts'
import { upstreamUrl } from '../../src/forwarding/target.ts'
import { canonicalPath } from '../../src/routing/path.ts'
import { routeTable } from '../../src/routing/table.ts'
import { mount, route } from '../support/routes.ts'

const PROTECTED = '/config/a:b/clients'

const table = routeTable(
  [mount('')],
  [
    route('public', '/public/**'),
    route('config', PROTECTED, '/config/{app}/owner'),
    route('any', '/{one}/{two}/{three}'),
    route('deep', '/config/{app}/clients/**'),
  ],
)
const routeOf = (raw: string): string | undefined => {
  const path = canonicalPath(raw)
  return path.ok ? table.find('gw.example', path.value)?.route.id : undefined
}

type Habits = {
  readonly decodes: number
  readonly backslashes: boolean
  readonly parameters: boolean
  readonly joins: boolean
  readonly dots: boolean
}

const habits = fc.record<Habits>({
  decodes: fc.nat(3),
  backslashes: fc.boolean(),
  parameters: fc.boolean(),
  joins: fc.boolean(),
  dots: fc.boolean(),
})

/** The path as a program with these habits understands it. */
function careless(raw: string, { decodes, backslashes, parameters, joins, dots }: Habits): string {
  let path = raw.replace(/[?#].*$/s, '')
  for (let time = 0; time < decodes; time++) {
    path = path.replace(/%[0-9a-f]{2}/gi, (octet) => String.fromCharCode(Number.parseInt(octet.slice(1), 16)))
  }
  path = path.replace(/[?#\0].*$/s, '')
  if (backslashes) path = path.replaceAll('\\', '/')
  if (parameters) path = path.replaceAll(/;[^/]*/g, '')
  if (joins) path = path.replaceAll(/\/+/g, '/')
  return dots ? withoutDots(path) : path
}

function withoutDots(path: string): string {
  const kept: string[] = []
  for (const segment of path.split('/').slice(1)) {
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
  }
  return `/${kept.join('/')}`
}

const hex = (character: string): string => character.charCodeAt(0).toString(16).padStart(2, '0')

/** Ways to write one character of a path. */
const spellings = (character: string): fc.Arbitrary<string> => {
  const escaped = [`%${hex(character)}`, `%${hex(character).toUpperCase()}`]
  const twice = escaped.map((octet) => octet.replace('%', '%25'))
  const slashes = ['//', '/./', '/x/../', '\\', '/;x/', '/;x=1/../', '/%2e/', '/x/%2e%2e/', '/.%00/']
  const others =
    character === '/' ? fc.constantFrom(...slashes) : fc.constantFrom(`${character};x`, `${character}`)
  return fc.oneof(
    { weight: 30, arbitrary: fc.constant(character) },
    { weight: 6, arbitrary: fc.constantFrom(...escaped) },
    { weight: 1, arbitrary: fc.constantFrom(...twice) },
    { weight: 1, arbitrary: others },
  )
}
const start = fc.constantFrom(
  '',
  '',
  '',
  '/public/..',
  '/public/%2e%2e',
  '/public/x/..%2f..',
  '/public\\..',
  '/.',
)
const end = fc.constantFrom('', '', '', '%00', ';x', '?a', '%3fa', '#a', '%23a', '/.', '/x/..')
const disguised = fc.tuple(start, ...Array.from(PROTECTED, spellings), end).map((pieces) => pieces.join(''))

test('a spelling that any careless program takes for the protected path is refused, or has its rule', () => {
  let [meant, accepted] = [0, 0]
  fc.assert(
    fc.property(disguised, habits, (raw, how) => {
      if (careless(raw, how) !== PROTECTED) return
      meant++
      // A query and a fragment are cut off before the path is looked at.
      const found = routeOf(raw.replace(/[?#].*$/s, ''))
      if (found !== undefined) accepted++
      expect([undefined, 'config']).toContain(found)
    }),
    { numRuns: 20_000 },
  )
  expect(meant).toBeGreaterThan(1000)
  expect(accepted).toBeGreaterThan(100)
})

/** The mistake itself: the route of the text as it came, whatever it means. */
const naiveRouteOf = (raw: string): string | undefined =>
  raw.startsWith('/public/') ? 'public' : raw === PROTECTED ? 'config' : 'any'

test('a router that looks at the text as it came is caught', () => {
  const caught = fc.check(
    fc.property(disguised, habits, (raw, how) => {
      return careless(raw, how) !== PROTECTED || naiveRouteOf(raw.replace(/[?#].*$/s, '')) === 'config'
    }),
    { numRuns: 20_000 },
  )
  expect(caught.failed).toBe(true)
})

test('what is sent is what was matched: no habit makes another route of it', () => {
  let sent = 0
  fc.assert(
    fc.property(disguised, habits, (raw, how) => {
      const path = canonicalPath(raw)
      if (!path.ok) return
      const found = table.find('gw.example', path.value)?.route.id
      const url = upstreamUrl('https://upstream.example', '', path.value, '')
      expect(url).toEqual(ok(`https://upstream.example${path.value}`))
      if (found === undefined) return
      sent++
      expect(routeOf(careless(path.value, how))).toBe(found)
    }),
    { numRuns: 20_000 },
  )
  expect(sent).toBeGreaterThan(200)
})
