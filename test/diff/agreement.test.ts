/**
 * The difference is exact: of many requests to many pairs of policies, each one that is decided otherwise is in a
 * reported group, no other one is, and each witness of a group does what the group says.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { IpAddress } from '../../src/base/address.ts'
import type { CallerName } from '../../src/diff/caller.ts'
import { diffPolicies, type Entry } from '../../src/diff/diff.ts'
import { contains } from '../../src/network/ranges.ts'
import type { CompiledPolicy } from '../../src/policy/model.ts'
import type { RouteConfig } from '../../src/routing/config.ts'
import type { Sent } from '../../src/testing/credentials.ts'
import { type TokenMaker, tokenMaker } from '../../src/testing/tokens.ts'
import { type RequestLine, TEST_NOW, type Trial, trialOf } from '../../src/testing/trial.ts'
import { BOUNDS, METHODS, pairOfPolicies, SCOPES, SEGMENTS } from './small-policies.ts'

const PAIRS = 126
const REQUESTS = 800

type Sides = { readonly a: Trial; readonly b: Trial }

/** Who sends it, and in which policy's way. */
type Who = {
  readonly way: 'a' | 'b'
  readonly client?: string
  readonly token?: string
  readonly scope?: string
}

type Shot = {
  readonly request: RequestLine
  readonly address: IpAddress | undefined
  readonly who: Who
}

const who: fc.Arbitrary<Who> = fc.record({ way: fc.constantFrom('a', 'b') }).chain(({ way }) =>
  fc.oneof(
    fc.constant({ way } as const),
    fc.record({ way: fc.constant(way), client: fc.constantFrom('ann', 'bob', 'cyd') }),
    fc.record({
      way: fc.constant(way),
      client: fc.constantFrom('ann', 'bob', 'cyd'),
      scope: fc.constantFrom(...SCOPES),
    }),
    fc.record({ way: fc.constant(way), token: fc.constantFrom('named', 'bare', 'upstream') }),
    fc.record({
      way: fc.constant(way),
      token: fc.constantFrom('named', 'bare'),
      scope: fc.constantFrom(...SCOPES),
    }),
  ),
)

const path = fc
  .tuple(
    fc.array(fc.constantFrom(...SEGMENTS), { minLength: 1, maxLength: 3 }),
    fc.constantFrom('', '', '', '/'),
  )
  .map(([segments, slash]) => `/p/${segments.join('/')}${slash}`)

const address: fc.Arbitrary<IpAddress | undefined> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...BOUNDS).map((value): IpAddress => ({ family: 4, value })) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 40 }).map((value): IpAddress => ({ family: 4, value })) },
  { weight: 1, arbitrary: fc.constant<IpAddress>({ family: 6, value: '0'.repeat(32) }) },
  { weight: 1, arbitrary: fc.constant(undefined) },
)

const shot: fc.Arbitrary<Shot> = fc.record({
  request: fc.record({
    method: fc.constantFrom(...METHODS, ...METHODS, 'HEAD', 'DELETE'),
    host: fc.constantFrom(undefined, 'two.example', 'three.example'),
    path,
    query: fc.constant(''),
    upgrade: fc.constantFrom(undefined, undefined, undefined, undefined, 'websocket', 'h2c'),
  }),
  address,
  who,
})

type Met = { readonly a: RouteConfig | undefined; readonly b: RouteConfig | undefined }

type Meeting = {
  readonly routes: Met
  /** Without the routes that refuse the method or the upgrade: these ask nobody who is calling. */
  readonly taking: Met
}

async function met({ a, b }: Sides, request: RequestLine): Promise<Meeting> {
  const [inA, inB] = [await a.meets(request), await b.meets(request)]
  const taking = ({ route, callers }: typeof inA): RouteConfig | undefined =>
    callers === undefined ? undefined : route
  return { routes: { a: inA.route, b: inB.route }, taking: { a: taking(inA), b: taking(inB) } }
}

/** A report names the scopes that the rules of the method name: a token with another one is as one without any. */
function namedScope(scope: string | undefined, { a, b }: Met, method: string): string | undefined {
  const named = [a, b].flatMap((route) => {
    const callers = route?.auth === 'token' ? route.callers[method === 'HEAD' ? 'GET' : method] : undefined
    return callers?.kind === 'any_of' ? callers.scopes : []
  })
  return scope !== undefined && named.includes(scope) ? scope : undefined
}

/** As `inWayOf`; where both policies know the caller and are sent something else, the name says which it is. */
async function sentBy(who: Who, sides: Sides, routes: Met, method: string) {
  const own = await inWayOf(who, sides, routes, method)
  const { scope, ...rest } = who
  const named = own?.name.scope
  const likewise: Who = { ...rest, way: who.way === 'a' ? 'b' : 'a', ...(named && { scope: named }) }
  const other = await inWayOf(likewise, sides, routes, method)
  if (own === undefined || other === undefined || !sameName(own.name, other.name)) return own
  const auth = routes[who.way]?.auth
  const isKindEnough = routes.a?.auth !== routes.b?.auth
  if (who.client === undefined && who.token === undefined) return own
  const plain = await inWayOf({ ...likewise, way: who.way }, sides, routes, method)
  if (!isKindEnough && JSON.stringify(plain?.sent) === JSON.stringify(other.sent)) return own
  const by = isKindEnough ? auth : `${auth} as ${who.way === 'a' ? 'before' : 'after'}`
  return { ...own, name: { ...own.name, by } }
}

/** What is sent, and under which name a report has it; undefined where that policy has no such caller. */
async function inWayOf(
  { way, client: name, token, scope }: Who,
  sides: Sides,
  routes: Met,
  method: string,
): Promise<{ readonly sent: Sent; readonly name: CallerName } | undefined> {
  const route = routes[way]
  const policy = sides[way].policy
  const scopes = scope === undefined ? undefined : [scope]
  const none = { client: undefined, token: undefined, scope: undefined, by: undefined, clientId: undefined }
  if (name === undefined && token === undefined) return { sent: {}, name: none }
  if (route === undefined || route.auth === 'none') return undefined
  if (token !== undefined) {
    if (route.auth !== 'token' || route.token !== token) return undefined
    const sent = await sides[way].credentials({ client: undefined, token, scopes: scopes ?? [] }, route)
    return { sent, name: { ...none, token, scope: namedScope(scope, routes, method) } }
  }
  const client = policy.clients.find((each) => each.name === name)
  if (!client?.upstreams.includes(route.upstream)) return undefined
  if (route.auth === 'token' ? route.token !== 'named' : scope !== undefined) return undefined
  const other = sides[way === 'a' ? 'b' : 'a'].policy.clients.find((each) => each.name === name)
  const sent = await sides[way].credentials({ client, token: undefined, scopes }, route)
  return {
    sent,
    name: {
      ...none,
      client: name,
      scope: namedScope(scope, routes, method),
      clientId: renumbered(client.clientId, other?.clientId),
    },
  }
}

const renumbered = (id: string, other: string | undefined): string | undefined =>
  other === undefined || other === id ? undefined : id

async function outcomes(
  { a, b }: Sides,
  { request, address: from }: Shot,
  sent: Sent,
): Promise<[string, string]> {
  const decided = [await a.decide(request, sent, from), await b.decide(request, sent, from)]
  const [before = '', after = ''] = decided.map((each) => (each.allowed ? 'allowed' : each.denial.reason))
  return [before, after]
}

const sameName = (one: CallerName, other: CallerName): boolean =>
  one.client === other.client &&
  one.token === other.token &&
  one.scope === other.scope &&
  (one.by ?? '') === (other.by ?? '') &&
  (one.clientId ?? '') === (other.clientId ?? '')

function claims(entry: Entry, { request, address: from }: Shot, routes: Met, name: CallerName): boolean {
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const label = request.upgrade === undefined ? method : `${request.method} (${request.upgrade})`
  return (
    entry.request.before === routes.a?.id &&
    entry.request.after === routes.b?.id &&
    entry.request.methods.includes(label) &&
    (from === undefined ? entry.isBlind : contains(entry.ranges, from)) &&
    entry.callers.some((each) => sameName(each, name))
  )
}

const sidesOf = (before: CompiledPolicy, after: CompiledPolicy, tokens: TokenMaker): Sides => ({
  a: trialOf(before, tokens),
  b: trialOf(after, tokens),
})

/** Groups by the routes they are about, so that a request is held against few. */
function byRoutes(entries: readonly Entry[]): (routes: Met) => readonly Entry[] {
  const found = Map.groupBy(entries, ({ request }) => `${request.before} ${request.after}`)
  return ({ a, b }) => found.get(`${a?.id} ${b?.id}`) ?? []
}

const counts = { requests: 0, changed: 0, witnesses: 0 }

const nobody: CallerName = {
  client: undefined,
  token: undefined,
  scope: undefined,
  by: undefined,
  clientId: undefined,
}

async function checkRequest(each: Shot, sides: Sides, entriesAt: (routes: Met) => readonly Entry[]) {
  const { routes, taking } = await met(sides, each.request)
  const asked = await sentBy(each.who, sides, taking, each.request.method)
  const sender = asked ?? { sent: {}, name: nobody }
  const [before, after] = await outcomes(sides, each, sender.sent)
  const claimed = entriesAt(routes).filter((entry) => claims(entry, each, routes, sender.name))
  const found = claimed.map(({ from, to }) => `${from} -> ${to}`)
  counts.requests += 1
  // Calls that neither policy lists are refused by both, in whatever words.
  const isListed = before === 'allowed' || after === 'allowed' || found.length > 0
  if (before !== after && isListed) counts.changed += 1
  if (isListed || before === after) {
    expect({ each, sender, found }).toEqual({
      each,
      sender,
      found: before === after ? [] : [`${before} -> ${after}`],
    })
  }
}

async function checkWitness(entry: Entry, sides: Sides) {
  const { host, path: witnessPath, method, upgrade } = entry.request.witness
  const request = { host, path: witnessPath, method, upgrade, query: '' }
  const { taking } = await met(sides, request)
  for (const caller of entry.callers) {
    const results: string[] = []
    for (const way of ['a', 'b'] as const) {
      const { client, token, scope } = caller
      const by = { way, ...(client && { client }), ...(token && { token }), ...(scope && { scope }) }
      const sender = await sentBy(by, sides, taking, method)
      if (sender === undefined || !sameName(sender.name, caller)) continue
      const shotAt = { request, address: entry.address, who: by }
      results.push((await outcomes(sides, shotAt, sender.sent)).join(' -> '))
    }
    counts.witnesses += 1
    expect({ entry, caller, results: [...new Set(results)] }).toEqual({
      entry,
      caller,
      results: [`${entry.from} -> ${entry.to}`],
    })
  }
}

test('100,000 requests to random pairs of policies', { timeout: 60_000 }, async () => {
  const property = fc.asyncProperty(
    pairOfPolicies,
    fc.array(shot, { minLength: REQUESTS, maxLength: REQUESTS, size: 'max' }),
    async ([before, after], shots) => {
      const diff = await diffPolicies(before, after, TEST_NOW)
      const entries = [...diff.opens, ...diff.closes, ...diff.reasons]
      const sides = sidesOf(before, after, tokenMaker(TEST_NOW))
      const entriesAt = byRoutes(entries)
      for (const each of shots) await checkRequest(each, sides, entriesAt)
      for (const entry of entries) await checkWitness(entry, sides)
    },
  )
  await fc.assert(property, { numRuns: PAIRS, seed: 5, endOnFailure: true })
  expect(counts.requests).toBeGreaterThan(100_000)
  // Enough of them change for the test to mean something.
  expect(counts.changed).toBeGreaterThan(counts.requests / 100)
  expect(counts.witnesses).toBeGreaterThan(1000)
})
