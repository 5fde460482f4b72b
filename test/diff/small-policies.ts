/** Small policies at random, made to meet each other: few paths, few clients, few addresses, every kind of rule. */
import fc from 'fast-check'
import type { TokenConfig } from '../../src/authentication/config.ts'
import type { ClientConfig } from '../../src/clients/config.ts'
import type { ReportOnly } from '../../src/decision/report-only.ts'
import type { AddressLists, Ranges } from '../../src/network/config.ts'
import { toRanges } from '../../src/network/ranges.ts'
import type { CompiledPolicy, UpstreamConfig } from '../../src/policy/model.ts'
import type { Callers, RouteConfig } from '../../src/routing/config.ts'
import { TEST_NOW } from '../../src/testing/trial.ts'

export const PATTERNS = [
  '/p/a',
  '/p/b',
  '/p/{x}',
  '/p/a/',
  '/p/a/b',
  '/p/{x}/b',
  '/p/a/**',
  '/p/**',
  '/p/{x}/{y}/c',
]
export const SEGMENTS = ['p', 'a', 'b', 'c', 'x', 'other']
export const FEATURES = ['f', 'g']
export const SCOPES = ['s', 't']
export const METHODS = ['GET', 'POST']
export const BOUNDS = [0, 9, 10, 19, 20, 29, 30, 0xffffffff]

const ranges: fc.Arbitrary<Ranges> = fc
  .array(fc.tuple(fc.constantFrom(...BOUNDS), fc.constantFrom(...BOUNDS)), { maxLength: 2 })
  .map((pairs) =>
    toRanges(pairs.map(([a, b]) => ({ family: 4, from: Math.min(a, b), to: Math.max(a, b) }) as const)),
  )

const lists: fc.Arbitrary<AddressLists> = fc.record({
  allow: fc.oneof(fc.constant('any' as const), ranges),
  deny: fc.oneof({ weight: 2, arbitrary: fc.constant({ v4: [], v6: [] }) }, { weight: 1, arbitrary: ranges }),
})

const callers: fc.Arbitrary<Callers> = fc.oneof(
  fc.constant({ kind: 'anyone' as const }),
  fc.constant({ kind: 'authenticated' as const }),
  fc.record({
    kind: fc.constant('any_of' as const),
    features: fc.subarray(FEATURES),
    scopes: fc.subarray(SCOPES),
  }),
)

/** Two dates to come and one that is past at the instant of the tests; most things are not tried out. */
export const TRIAL_ENDS = [1, 2].map((days) => TEST_NOW + days * 86_400_000)
const reportOnly: fc.Arbitrary<ReportOnly> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...TRIAL_ENDS, TEST_NOW).map((reportOnlyUntil) => ({ reportOnlyUntil })),
  },
)

type RouteShape = Omit<RouteConfig, 'id' | 'paths' | 'upstream'>

const routeShape: fc.Arbitrary<RouteShape> = fc
  .record({
    auth: fc.constantFrom('basic', 'basic', 'client_id', 'client', 'token', 'none'),
    token: fc.constantFrom('named', 'bare', 'upstream'),
    respectsAllowList: fc.boolean(),
    get: fc.option(callers),
    post: fc.option(callers),
    ownLists: fc.option(lists, { freq: 4 }),
    upgrades: fc.integer({ min: 0, max: 4 }),
    trial: reportOnly,
  })
  .map(
    ({ auth, token, respectsAllowList, get, post, ownLists, upgrades, trial }): RouteShape => ({
      ...trial,
      at: 'x.yaml:1',
      auth,
      ...(auth === 'token' ? { token } : {}),
      ...(auth === 'client' && {
        client: {
          credentialsIn: ['form' as const],
          bearer: 'refuse' as const,
          tokenRequest: false,
          excessScopes: 'refuse' as const,
        },
      }),
      respectsAllowList,
      callers: { ...(get && { GET: get }), ...(post && { POST: post }) },
      rateGroup: 'calls',
      origin: 'default',
      faults: 0,
      ...(ownLists && { lists: ownLists }),
      ...(upgrades === 0 && { upgrade: 'websocket' as const }),
    }),
  )

const client = (name: string, ids: readonly string[]): fc.Arbitrary<ClientConfig> =>
  fc
    .record({
      name: fc.constant(name),
      upstreams: fc.constantFrom([0], [0, 1], [1]),
      clientId: fc.constantFrom(...ids),
      enabled: fc.integer({ min: 0, max: 5 }).map((n) => n > 0),
      features: fc.subarray(FEATURES),
      lists,
      secrets: fc.constantFrom('none' as const, 'upstream' as const, []),
      trial: reportOnly,
    })
    .map(({ trial, ...client }) => ({ ...client, ...trial }))

const issuer = (name: string, namesClient: boolean): fc.Arbitrary<TokenConfig> =>
  fc.constantFrom(`https://${name}.example`, 'https://moved.example').map((url) => ({
    name,
    issuer: url,
    audience: [name],
    keys: { jwks: { keys: [] } },
    algorithms: ['ES256'],
    clockSkew: 0,
    ...(namesClient && { clientIdClaim: 'sub' }),
  }))

const upstream = (name: string, hosts: readonly string[]): fc.Arbitrary<UpstreamConfig> =>
  fc
    .record({
      ownLists: fc.option(lists, { freq: 5 }),
      credentials: fc.constantFrom(['basic'] as const, ['form'] as const, ['basic', 'form'] as const),
      disabledClientTokens: fc.constantFrom('refuse' as const, 'until_expiry' as const),
    })
    .map(({ ownLists, ...rest }) => ({
      ...rest,
      name,
      prefix: '/p',
      hosts,
      origins: { default: { url: 'https://up.example' } },
      timeout: 1000,
      authorization: 'remove',
      faults: 0,
      ...(ownLists && { lists: ownLists }),
    }))

/** Each pattern belongs to one route of each upstream, or to none: 0 is none. */
const owners = fc.array(fc.integer({ min: 0, max: 3 }), {
  minLength: PATTERNS.length * 2,
  maxLength: PATTERNS.length * 2,
})

export const smallPolicy: fc.Arbitrary<CompiledPolicy> = fc
  .record({
    owners,
    shapes: fc.array(routeShape, { minLength: 6, maxLength: 6 }),
    upstreams: fc.tuple(upstream('one', []), upstream('two', ['two.example'])),
    clients: fc.tuple(
      client('ann', ['id-ann', 'id-ann', 'id-ann-2']),
      client('bob', ['id-bob']),
      client('cyd', ['id-cyd', 'id-dan']),
    ),
    tokens: fc.tuple(issuer('named', true), issuer('bare', false)),
  })
  .map(({ owners: of, shapes, upstreams, clients, tokens }) => ({
    policyFormat: 1,
    digest: 'sha256:0',
    sequence: 0,
    decisionLog: { allowed: 1, clientAddress: 'full' },
    failedAuth: { period: 60_000, rate: 20, burst: 20 },
    upstreams,
    routes: shapes.flatMap((shape, index) => routeOf(shape, index, of)),
    clients,
    rateGroups: [
      {
        name: 'calls',
        period: 60_000,
        rate: 60,
        burst: 10,
        per: ['client'],
        beforeAuth: false,
        consistency: 'strict',
        onFailure: 'closed',
      },
    ],
    tokens,
    faultTables: [],
  }))

/** Routes 0 to 2 are of the first upstream. */
function routeOf(shape: RouteShape, index: number, of: readonly number[]): readonly RouteConfig[] {
  const ofUpstream = index < 3 ? 0 : 1
  const paths = PATTERNS.filter((_, at) => of[ofUpstream * PATTERNS.length + at] === (index % 3) + 1)
  const id = `${ofUpstream === 0 ? 'one' : 'two'}/r${index}`
  return paths.length === 0 ? [] : [{ ...shape, id, upstream: ofUpstream, paths }]
}

/** A policy and an edit of it: some of its parts are those of another one. */
export const pairOfPolicies: fc.Arbitrary<readonly [CompiledPolicy, CompiledPolicy]> = fc
  .tuple(smallPolicy, smallPolicy, fc.constantFrom('routes', 'clients', 'upstreams', 'tokens', 'all'))
  .map(([a, b, part]) => (part === 'all' ? [a, b] : [a, { ...a, [part]: b[part] }]))
