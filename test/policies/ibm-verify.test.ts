/**
 * The IBM Verify pack against a second list of the vendor's operations, which was written from the vendor's reference
 * and not from the policy: each operation has a route with those answers, and nothing else has one.
 */
import { expect, test } from 'vitest'
import { readFiles } from '../../src/cli/files.ts'
import { compileFiles } from '../../src/policy/compile.ts'
import { runTests } from '../../src/testing/run.ts'
import { answersOf, featuresOf, sampleOf, shapeOf, shippedPack, shippedShapes } from '../support/packs.ts'
import areas from '../vectors/ibm-verify-operations.json' with { type: 'json' }

const pack = await shippedPack('verify', 'ibm-verify')
const { policy, routes, routed, faultsOf } = pack
const operations = areas.flatMap((area) => area.operations)

test('the list has the 628 operations of the reference, and none twice', () => {
  expect(operations).toHaveLength(628)
  expect(new Set(operations.map(shapeOf)).size).toBe(628)
})

test.each(areas)('$area, $auth, $features', (area) => {
  for (const operation of area.operations) {
    const [method = '', template = ''] = operation.split(' ')
    const { route } = routed(sampleOf(template))
    const { auth, respectsAllowList, origin } = route
    const features = featuresOf(route.callers[method])
    expect({ operation, auth, respectsAllowList, origin, features }).toEqual({
      operation,
      auth: area.auth,
      respectsAllowList: area.respects_allow_list,
      origin: area.origin,
      features: area.features.toSorted(),
    })
    expect(Object.keys(route.callers)).toContain(method)
  }
})

test('there is no method of a path beyond the vendor’s list', () => {
  expect(shippedShapes(pack).toSorted()).toEqual(operations.map(shapeOf).toSorted())
})

test('what asks for no entitlement is open to anyone or to any client, by its authentication', () => {
  for (const { auth, callers } of routes) {
    const kinds = Object.values(callers).map(({ kind }) => kind)
    expect(auth === 'none' ? ['anyone'] : ['any_of', 'authenticated']).toEqual(expect.arrayContaining(kinds))
  }
})

test('every token is verified here, and tied to its API client', () => {
  const [issuer, ...others] = policy.tokens.filter(({ name }) => name === 'verify')
  expect(others).toEqual([])
  expect(issuer).toMatchObject({ clientIdClaim: 'client_id', algorithms: ['RS256', 'RS384', 'RS512'] })
  const used = routes.filter(({ auth }) => auth === 'token').map(({ token }) => token)
  expect(new Set(used)).toEqual(new Set(['verify']))
})

test('the IP filter covers everything that knows its client: issuance and use', () => {
  for (const { auth, respectsAllowList } of routes) expect(respectsAllowList).toBe(auth !== 'none')
})

test('every operation has an answer on the allow list', () => {
  const answered = new Set(answersOf(pack))
  const wanted = operations.map((operation) => {
    const [method = '', template = ''] = operation.split(' ')
    return `${method} ${routed(sampleOf(template)).pattern}`
  })
  expect(wanted.filter((operation) => !answered.has(operation))).toEqual([])
})

test('the bulk retry of operations has the vendor’s limit, for the whole tenant', () => {
  const { route } = routed('/v1.0/accounts/operations/retry')
  expect(policy.rateGroups.find(({ name }) => name === route.rateGroup)).toMatchObject({
    period: 30_000,
    rate: 1,
    burst: 1,
    per: ['route'],
  })
})

test.each([
  ['api-clients', 'denied', 403, { messageId: 'CSIAK4300E' }],
  ['api-clients', 'address', 403, { messageId: 'CSIAK4300E' }],
  ['api-clients', 'unauthenticated', 401, { messageId: 'CSIBX0001E' }],
  ['users-and-groups', 'denied', 403, { status: '403' }],
  ['users-and-groups', 'unauthenticated', 401, { status: '401' }],
  ['token-issue', 'unauthenticated', 401, { error: 'invalid_client' }],
  ['users-and-groups', 'address', 403, { status: '403' }],
  ['token-issue', 'address', 403, { error: 'access_denied' }],
  ['userinfo', 'address', 403, { error: 'access_denied' }],
  ['self-care-username', 'address', 403, { code: 403 }],
  ['userinfo', 'unauthenticated', 401, { error: 'invalid_token' }],
  ['self-care-username', 'rate_limited', 429, { code: 429 }],
] as const)('%s answers %s with %i', (route, reasonClass, status, body) => {
  expect(faultsOf(route)[reasonClass]).toMatchObject({ status, body })
})

/** Clients of a customer's own, as the console's tables have them, and what becomes of their tokens. */
const clients = `
policy_format: 1
clients:
  office:
    upstream: verify
    client_id: "office"
    features: [readUserGroups]
    allow_list: [192.0.2.55, 192.0.2.55-192.0.2.61, "2001:db8:1234::/48"]
    secrets: upstream
  everywhere-but:
    upstream: verify
    client_id: "everywhere-but"
    features: [readUserGroups]
    allow_list: any
    deny_list: [198.51.100.0/24]
    secrets: upstream
  switched-off:
    upstream: verify
    client_id: "switched-off"
    enabled: false
    features: [readUserGroups]
    allow_list: any
    secrets: upstream
tests:
  - client: office
    from: 192.0.2.58
    allowed: [POST /verify/oauth2/token, GET /verify/v2.0/Users, GET /verify/oauth2/userinfo]
    denied:
      feature_missing: [POST /verify/v2.0/Users, GET /verify/v1.0/apiclients]
  - client: office
    from: 2001:db8:1234::9
    allowed: [POST /verify/oauth2/token, GET /verify/v2.0/Users]
  - client: office
    from: 192.0.2.62
    denied:
      address_not_allowed: [POST /verify/oauth2/token, GET /verify/v2.0/Users, GET /verify/v2.0/Me]
  - client: everywhere-but
    from: 203.0.113.9
    allowed: [POST /verify/oauth2/token, GET /verify/v2.0/Users]
  - client: everywhere-but
    from: 198.51.100.7
    denied:
      address_denied: [POST /verify/oauth2/token, GET /verify/v2.0/Users]
  - name: no new token, and the live one goes on until it expires
    client: switched-off
    from: 203.0.113.9
    allowed: [GET /verify/v2.0/Users]
    denied:
      client_disabled: [POST /verify/oauth2/token]
      feature_missing: [POST /verify/v2.0/Users]
`

test('IP filters of both kinds at issuance and at use, and a client that is switched off', async () => {
  const { inputs } = await readFiles(['policies'])
  const own = { path: 'own.yaml', name: 'own.yaml', bytes: new TextEncoder().encode(clients) }
  const compiled = await compileFiles([...inputs, own])
  expect(compiled.problems).toEqual([])
  if (compiled.policy === undefined) throw new Error('does not compile')
  const ownTests = compiled.tests.filter(({ place }) => place.file === own.path)
  const { results } = await runTests(compiled.policy, ownTests, [])
  expect(results.filter(({ passed }) => !passed).map((result) => result.case.request.text)).toEqual([])
  expect(results).toHaveLength(17)
})
