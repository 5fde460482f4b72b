/**
 * The Cloudentity pack against a second list of the vendor's operations, which was written from the vendor's own
 * documents and not from the policy: each operation has one route with those answers, and nothing else has one.
 */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { factsOfClaims } from '../../src/authentication/claims.ts'
import { compilePolicy } from '../../src/cli/policy.ts'
import type { FaultTable } from '../../src/faults/config.ts'
import { faultRenderer } from '../../src/faults/render.ts'
import type { CompiledPolicy } from '../../src/policy/model.ts'
import type { Callers, RouteConfig } from '../../src/routing/config.ts'
import { canonicalPath } from '../../src/routing/path.ts'
import { routeTable } from '../../src/routing/table.ts'
import areas from '../vectors/cloudentity-operations.json' with { type: 'json' }

const compiled = await compilePolicy(['policies'])
const policy = existing(compiled.policy)
const table = routeTable(policy.upstreams, policy.routes)
const cloudentity = policy.upstreams.findIndex(({ name }) => name === 'cloudentity')
const routes = policy.routes.filter(({ upstream }) => upstream === cloudentity)
const issuers = policy.tokens.filter(({ name }) => name.startsWith('cloudentity-'))
const operations = areas.flatMap((area) => area.operations)

test('the list has no operation twice', () => {
  expect(operations).toHaveLength(750)
  expect(new Set(operations.map(shapeOf)).size).toBe(operations.length)
})

test.each(areas)('$area, $auth $token, $callers, in $rate_group', (area) => {
  for (const operation of area.operations) {
    const [method = '', template = ''] = operation.split(' ')
    const route = routed(sampleOf(template))
    const { auth, token, rateGroup, respectsAllowList } = route
    expect({ operation, auth, token, callers: wordsOf(route.callers[method]), rateGroup }).toEqual({
      operation,
      auth: area.auth,
      token: area.token,
      callers: area.callers,
      rateGroup: area.rate_group,
    })
    expect(respectsAllowList).toBe(false)
  }
})

test('there is no method of a path beyond the vendor’s list', () => {
  const shipped = routes.flatMap((route) =>
    Object.keys(route.callers).flatMap((method) =>
      route.paths.map((path) => shapeOf(`${method} ${path.replace('/cloudentity', '')}`)),
    ),
  )
  expect(shipped.toSorted()).toEqual(operations.map(shapeOf).toSorted())
})

test('no path takes all that is below it', () => {
  expect(routes.flatMap(({ paths }) => paths).filter((path) => path.includes('*'))).toEqual([])
})

/** Seed: rate limits of the free tier; the send-test endpoint has one of its own. */
const freeTier: readonly (readonly [name: string, rate: number, burst: number])[] = [
  ['admin', 300, 50],
  ['developer', 600, 50],
  ['public', 3000, 500],
  ['oauth2', 3000, 500],
  ['openbanking', 600, 100],
  ['web', 3000, 1000],
  ['system', 3000, 100],
  ['audit-events', 6000, 2000],
  ['identity-admin', 300, 50],
  ['identity-self-service', 300, 50],
  ['otp-test', 1, 1],
]

test.each(freeTier)('rate group %s: %d a minute, %d at once, and in use', (name, rate, burst) => {
  const group = policy.rateGroups.find((each) => each.name === name)
  expect(group).toMatchObject({ period: 60_000, rate, burst })
  expect(routes.some(({ rateGroup }) => rateGroup === name)).toBe(true)
})

test('every route is in one of the seed’s groups', () => {
  const names = freeTier.map(([name]) => name)
  expect(routes.filter(({ rateGroup }) => !names.includes(rateGroup))).toEqual([])
})

test('one operation alone sends a test message, and the count of it is never leased out', () => {
  const sending = routes.filter(({ rateGroup }) => rateGroup === 'otp-test')
  expect(sending.map(({ paths, callers }) => [paths, Object.keys(callers)])).toEqual([
    [['/cloudentity/api/admin/{tid}/mfa-methods/{mfaID}/test'], ['POST']],
  ])
  expect(policy.rateGroups.find(({ name }) => name === 'otp-test')).toMatchObject({
    consistency: 'strict',
    onFailure: 'closed',
  })
})

test('issuers: the keys of the issuer itself, one algorithm, and a client where the token names one', () => {
  expect(issuers).toHaveLength(6)
  for (const { issuer, keys, algorithms } of issuers) {
    expect(keys).toMatchObject({ uri: `${issuer}/.well-known/jwks.json` })
    expect(algorithms).toEqual(['ES256'])
  }
  const named = issuers.filter(({ clientIdClaim }) => clientIdClaim === 'sub').map(({ name }) => name)
  expect(named.toSorted()).toEqual([
    'cloudentity-admin',
    'cloudentity-operator-admin',
    'cloudentity-operator-system',
    'cloudentity-system',
  ])
})

/** Seed: the claims of its sample token, whose tenant is `cloudentity-dwojcik`. */
const sampleClaims = {
  aid: 'admin',
  amr: [],
  aud: ['c3rd84r9072fg9ug8dl0', 'spiffe:/cloudentity-dwojcik/admin/c30baqhjmll8q7p6ppig'],
  exp: 1626858958,
  iat: 1626855358,
  idp: '',
  iss: 'https://cloudentity-dwojcik.authz.cloudentity.io/cloudentity-dwojcik/admin',
  jti: 'd263f344-a705-43d6-bbff-cf57309979c5',
  nbf: 1626855358,
  scp: ['introspect_tokens', 'revoke_tokens'],
  st: 'public',
  sub: 'c3rd84r9072fg9ug8dl0',
  tid: 'cloudentity-dwojcik',
}

test.each(sampleClaims.aud)(
  'with its tenant and the audience %s, the vendor’s sample token names its client',
  (audience) => {
    const admin = issuers.find(({ name }) => name === 'cloudentity-admin')
    const issuer = admin?.issuer.replaceAll('acme', 'cloudentity-dwojcik') ?? ''
    const facts = factsOfClaims(sampleClaims, { ...admin, issuer, audience: [audience] })
    expect(facts).toMatchObject({
      ok: true,
      value: { clientId: 'c3rd84r9072fg9ug8dl0', scopes: ['introspect_tokens', 'revoke_tokens'] },
    })
  },
)

test('each issuer opens a route, and no route has an issuer of another upstream', () => {
  const used = new Set(routes.flatMap(({ token }) => token ?? []))
  expect([...used].toSorted()).toEqual([...issuers.map(({ name }) => name), 'upstream'].toSorted())
})

/** Both shapes of 429, and the others that their documents have; the fields in the documents' order. */
const answers: readonly (readonly [set: string, status: 401 | 403 | 429, body: string])[] = [
  ['cloudentity', 429, '{"status_code":429,"error":"Too many requests"}'],
  ['cloudentity', 401, '{"status_code":401,"error":"Unauthorized"}'],
  ['cloudentity', 403, '{"status_code":403,"error":"Forbidden"}'],
  ['cloudentity-oauth2', 429, '{"error":"Too many requests","error_code":429}'],
  ['cloudentity-oauth2', 401, '{"error":"Unauthorized","error_code":401}'],
  ['cloudentity-oauth2', 403, '{"error":"Forbidden","error_code":403}'],
  ['cloudentity-ciba', 429, '{"error":"Too many requests","error_description":"wait for 7 s"}'],
  ['cloudentity-uk', 429, '{"Code":"429","Id":"r1","Message":"Too many requests","Errors":[]}'],
  ['cloudentity-uk', 401, '{"Code":"401","Id":"r1","Message":"Unauthorized","Errors":[]}'],
]
const faults = {
  401: { reason: 'credentials_missing' },
  403: { reason: 'scope_missing', has: [], needs: [] },
  429: { reason: 'limiter_unavailable', group: 'admin', retryMs: 7000, limit: 50, why: 'test' },
} as const

test.each(answers)('%s answers %d with %s', (set, status, body) => {
  const [operation = ''] = areas.find(({ errors }) => errors === set)?.operations ?? []
  const render = faultRenderer(faultsOf(routed(sampleOf(operation.split(' ')[1] ?? ''))))
  expect(render(faults[status], { requestId: 'r1', retryAfter: 7 })).toMatchObject({ status, body })
})

test('all routes with one set of the list answer alike', () => {
  const sets = new Map<string, Set<number>>()
  for (const { errors, operations: of } of areas) {
    const seen = sets.get(errors) ?? new Set()
    for (const operation of of) seen.add(routed(sampleOf(operation.split(' ')[1] ?? '')).faults)
    sets.set(errors, seen)
  }
  const tables = [...sets.values()].map(({ size }) => size)
  expect(tables).toEqual([1, 1, 1, 1])
})

test('every path has an allowed line in the policy’s own tests', () => {
  const allowed = new Set<string>()
  for (const each of compiled.tests) {
    if (each.kind !== 'requests') continue
    for (const { method, path } of each.allowed) {
      const found = canonicalPath(path)
      const match = found.ok ? table.find('gateway.example', found.value) : undefined
      allowed.add(`${method} ${match?.pattern}`)
    }
  }
  const wanted = routes.flatMap(({ callers, paths }) =>
    Object.keys(callers).flatMap((method) => paths.map((path) => `${method} ${path}`)),
  )
  expect(wanted.filter((operation) => !allowed.has(operation))).toEqual([])
})

test('the figures and the table of docs/cloudentity.md are those of the pack', () => {
  const document = readFileSync('docs/cloudentity.md', 'utf8')
  const paths = routes.flatMap((route) => route.paths).length
  expect(document).toContain(`${operations.length} operations on ${paths} paths, in ${routes.length} routes`)
  for (const [name] of freeTier) {
    const own = routes.filter(({ rateGroup }) => rateGroup === name)
    const count = own.reduce(
      (sum, { callers, paths: of }) => sum + Object.keys(callers).length * of.length,
      0,
    )
    expect(document).toMatch(new RegExp(`\\| \`${name}\` \\|.*\\| ${own.length} \\| ${count} \\|`))
  }
})

/** A path that the template stands for. */
const sampleOf = (template: string): string => `/cloudentity${template.replaceAll(/\{(\w+)\}/g, 'some-$1')}`

function shapeOf(operation: string): string {
  return operation.replaceAll(/\{\w+\}/g, '{}')
}

function routed(path: string): RouteConfig {
  const canonical = canonicalPath(path)
  const match = canonical.ok ? table.find('gateway.example', canonical.value) : undefined
  if (match === undefined) throw new Error(`no route matches ${path}`)
  return match.route
}

/** As the list writes callers. Features are a word of other upstreams. */
const wordsOf = (callers: Callers | undefined): unknown =>
  callers?.kind === 'any_of' ? [...callers.scopes, ...callers.features] : callers?.kind

const faultsOf = ({ faults: index }: RouteConfig): FaultTable => policy.faultTables[index] ?? {}

function existing(from: CompiledPolicy | undefined): CompiledPolicy {
  if (from === undefined) throw new Error('the shipped policies do not compile')
  return from
}
