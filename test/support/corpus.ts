/**
 * Requests of every kind to a policy: the routes of all packs, methods listed and not, clients with the right secret
 * and with a wrong one, addresses inside and outside of lists, paths in odd spellings and paths of nothing.
 */
import fc from 'fast-check'
import type { CompiledPolicy } from '../../src/policy/model.ts'
import type { RouteConfig } from '../../src/routing/config.ts'

/** Who sends a request, and what is sent besides the name. */
export type Sender =
  | { readonly kind: 'nobody' }
  /** With the right secret, or with a token of the route's issuer. */
  | { readonly kind: 'client'; readonly name: string; readonly scopes: Scopes }
  | { readonly kind: 'wrong_secret' | 'with_another'; readonly name: string }
  | { readonly kind: 'stranger' }
  /** A token that names no client. */
  | { readonly kind: 'bearer'; readonly scopes: Scopes }
  | { readonly kind: 'bad_token'; readonly how: 'expired' | 'garbage' | 'other_issuer' | 'own_key' }

/** `right`: one that the method asks for. */
export type Scopes = 'right' | 'wrong' | 'none'

export type Drawn = {
  readonly method: string
  /** As it is sent. */
  readonly path: string
  readonly query: string
  readonly host: string
  /** Of the header that the platform sets; undefined where it is not set. */
  readonly address: string | undefined
  readonly upgrade: string | undefined
  readonly sender: Sender
  /** The one that the path was made for. It may well meet another, or none. */
  readonly meant: RouteConfig | undefined
}

/** The same requests for the same policy and seed. */
export const drawRequests = (policy: CompiledPolicy, numRuns: number, seed: number): readonly Drawn[] =>
  fc.sample(drawn(policy), { numRuns, seed })

/** The large packs would leave little room for the small ones. */
function drawn(policy: CompiledPolicy): fc.Arbitrary<Drawn> {
  const { upstreams, routes } = policy
  const ofUpstream = upstreams.map((_, at) => routes.filter(({ upstream }) => upstream === at))
  const route = fc.constantFrom(...ofUpstream).chain((few) => fc.constantFrom(...few))
  return fc.oneof(
    { weight: 12, arbitrary: route.chain((each) => toRoute(each, policy)) },
    { weight: 1, arbitrary: oneOf(NOWHERE).chain((path) => request(path, undefined, policy)) },
  )
}

const oneOf = <T>(from: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...from)

const SEGMENTS = ['acme', 'x', '7', 'a-b_c.d~e', '%61cme', 'A%3aB', 'caf%C3%A9', '@me', "o'hara", 'a%20b']

const NOWHERE = [
  '/',
  '/akamai',
  '/akamai/entity.finde',
  '/AKAMAI/entity',
  '/verify/v2.0/Userz',
  '/app-id/oauth/v9/t/token',
  '/cloudentity/api/nothing/here',
  '/favicon.ico',
  `/akamai/${'long/'.repeat(80)}end`,
  `/${'%C3%A9'.repeat(100)}`,
  `/verify/${'a'.repeat(300)}//b`,
  `/akamai/${'%2561'.repeat(60)}`,
]

function toRoute(route: RouteConfig, policy: CompiledPolicy): fc.Arbitrary<Drawn> {
  const path = oneOf(route.paths).chain(filled)
  const spelled = fc.tuple(path, spelling).map(([text, spell]) => spell(text))
  return spelled.chain((text) => request(text, route, policy))
}

/** A path of the pattern, with segments of its own for `{name}` and `**`. */
const filled = (pattern: string): fc.Arbitrary<string> =>
  fc.tuple(...pattern.split('/').map(filledSegment)).map((segments) => segments.join('/'))

function filledSegment(segment: string): fc.Arbitrary<string> {
  if (segment === '**')
    return fc.array(oneOf(SEGMENTS), { minLength: 1, maxLength: 3 }).map((few) => few.join('/'))
  return /^\{.*\}$/.test(segment) ? oneOf(SEGMENTS) : fc.constant(segment)
}

type Spell = (path: string) => string

/** Of a segment in the middle of the path. */
const spliced =
  (text: string): Spell =>
  (path) => {
    const at = path.indexOf('/', 1)
    return at < 0 ? `${path}/${text}` : `${path.slice(0, at)}/${text}${path.slice(at)}`
  }

const lastEscaped: Spell = (path) =>
  `${path.slice(0, -1)}%${(path.codePointAt(path.length - 1) ?? 0).toString(16)}`

const odd: readonly Spell[] = [
  lastEscaped,
  (path) => `${path}/`,
  (path) => `/${path}`,
  (path) => path.toUpperCase(),
  (path) => path.replaceAll('.', '%2e').replaceAll(':', '%3A'),
  (path) => `${path};a=b`,
  (path) => `${path}%00`,
  (path) => `${path}%zz`,
  (path) => `${path}%2561`,
  (path) => `${path}%C0%AF`,
  (path) => `${path}/../../admin`,
  (path) => path.slice(1),
  (path) => `https://elsewhere.example${path}`,
  (path) => path.replace('/', '\\'),
  spliced(''),
  spliced('.'),
  spliced('..'),
  spliced('%2e%2E'),
  spliced('a%2Fb'),
  spliced('a%5cb'),
]

const plain: Spell = (path) => path
const spelling = fc.oneof({ weight: 5, arbitrary: fc.constant(plain) }, { weight: 1, arbitrary: oneOf(odd) })

/** Inside the test clients' lists and outside, on both sides of a bound; mapped, unreadable, doubled, and none. */
const ADDRESSES = [
  '192.0.2.0',
  '192.0.2.63',
  '192.0.2.64',
  '192.0.2.200',
  '192.0.3.0',
  '198.51.100.7',
  '198.51.100.8',
  '203.0.113.16',
  '203.0.113.32',
  '2001:db8:1::1',
  '2001:DB8:1:66::5',
  '2001:db8:2::',
  '::ffff:192.0.2.9',
  '::ffff:192.0.2.70',
  '::1',
  '010.0.0.1',
  '192.0.2.9, 192.0.2.9',
  '250.1.2.3',
  undefined,
]

const scopes = oneOf<Scopes>(['right', 'wrong', 'none'])

/** @param names - of the clients that may be named */
function sender(names: readonly string[]): fc.Arbitrary<Sender> {
  const name = oneOf(names)
  const how = oneOf(['expired', 'garbage', 'other_issuer', 'own_key'] as const)
  return fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('client' as const), name, scopes }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('wrong_secret' as const), name }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('with_another' as const), name }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'nobody' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'stranger' as const }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('bearer' as const), scopes }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('bad_token' as const), how }) },
  )
}

/** The last two are no names. */
const HOSTS = ['GW.example:8443', '[2001:db8::1]:80', 'gw.example/akamai', 'a b']

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

function request(path: string, meant: RouteConfig | undefined, policy: CompiledPolicy): fc.Arbitrary<Drawn> {
  const listed = meant === undefined ? METHODS : Object.keys(meant.callers)
  const all = policy.clients.map(({ name }) => name)
  const own = policy.clients.filter(({ upstreams }) => upstreams.includes(meant?.upstream ?? -1))
  const likely = own.length === 0 ? all : own.map(({ name }) => name)
  return fc.record({
    method: fc.oneof({ weight: 6, arbitrary: oneOf(listed) }, { weight: 1, arbitrary: oneOf(METHODS) }),
    path: fc.constant(path),
    query: oneOf(['', '', '', 'a=1&b=%2F', 'q=//..']),
    host: fc.oneof(
      { weight: 30, arbitrary: fc.constant('gw.example') },
      { weight: 1, arbitrary: oneOf(HOSTS) },
    ),
    address: oneOf(ADDRESSES),
    upgrade: fc.oneof(
      { weight: 30, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: oneOf(['websocket', 'h2c']) },
    ),
    sender: fc.oneof({ weight: 9, arbitrary: sender(likely) }, { weight: 1, arbitrary: sender(all) }),
    meant: fc.constant(meant),
  })
}
