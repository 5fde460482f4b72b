/**
 * The IBM Verify pack against a second list of the vendor's operations, which was written from the vendor's reference
 * and not from the policy: each operation has a route with those answers, and nothing else has one.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
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

test('a client proves itself in a form, and a token beside it counts only where a library sends one', () => {
  const taking = (path: string) => routed(path).route.client
  expect(taking('/oauth2/token')).toMatchObject({
    credentialsIn: ['form'],
    tokenRequest: true,
    bearer: 'refuse',
  })
  for (const path of ['/oauth2/introspect', '/v1.0/endpoint/default/introspect'])
    expect(taking(path)).toMatchObject({ credentialsIn: ['form'], tokenRequest: false, bearer: 'ignore' })
  expect(taking('/oauth2/revoke')).toMatchObject({ bearer: 'refuse' })
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

describe('docs/ibm-verify.md', () => {
  const document = readFileSync('docs/ibm-verify.md', 'utf8')
  /** Group, paths below, operations, not stated, entitlements, rate groups, bodies. */
  const groups = document
    .split('\n')
    .filter((line) => /^\| [^|]+ \| `\//.test(line) && / \| \d+ \| \d+ \| /.test(line))
    .map((line) => line.split(' | '))

  test('counts what the pack has', () => {
    const paths = routes.flatMap((route) => route.paths).length
    expect(document).toContain(`628 operations on\n${paths} paths, in ${routes.length} routes`)
  })

  test('its groups are all operations, each once', () => {
    const counted = groups.map(([, , count]) => Number(count))
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(628)
    expect(groups.map(([, , , count]) => Number(count)).reduce((sum, count) => sum + count, 0)).toBe(138)
  })

  test.each(groups)('%s %s', (_, prefixes = '', count = '', __ = '', entitlements = '', rateGroups = '') => {
    const below = wordsIn(prefixes.replaceAll('`', ''))
    const own = operations.filter((operation) =>
      below.some((prefix) => `${operation.split(' ')[1]}/`.startsWith(`${prefix}/`)),
    )
    const answers = own.map((operation) => {
      const [method = '', template = ''] = operation.split(' ')
      const { route } = routed(sampleOf(template))
      return { features: featuresOf(route.callers[method]), rateGroup: route.rateGroup }
    })
    expect(own).toHaveLength(Number(count))
    expect(new Set(answers.flatMap(({ features }) => features))).toEqual(
      new Set(entitlements === '-' ? [] : wordsIn(entitlements)),
    )
    expect(new Set(answers.map(({ rateGroup }) => rateGroup))).toEqual(new Set(wordsIn(rateGroups)))
  })
})

const wordsIn = (list: string): readonly string[] => list.split(', ')

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
  signing:
    upstream: verify
    client_id: "signing"
    features: { all_except: [manageAPIClients] }
    allow_list: any
    authentication: private_key_jwt
    assertion:
      jwks_uri: https://signing.example/jwks
      audience: https://acme.verify.ibm.example/oauth2/token
    custom_scopes: [orders.read]
  with-certificate:
    upstream: verify
    client_id: "with-certificate"
    allow_list: any
    authentication: tls_client_auth
    tls: { subject_dn: "CN=batch,O=Acme" }
  device:
    upstream: verify
    client_id: "device"
    allow_list: any
    secrets: none
tests:
  - name: the other ways to authenticate, and entitlements by exception
    client: signing
    from: 203.0.113.9
    scopes: [orders.read]
    allowed: [POST /verify/oauth2/token, GET /verify/v1.0/apiclients, POST /verify/v2.0/Users]
    denied:
      feature_missing: [POST /verify/v1.0/apiclients]
  - client: with-certificate
    from: 203.0.113.9
    allowed: [POST /verify/oauth2/token, POST /verify/oauth2/revoke]
  - name: a public client starts the device flow with its id
    client: device
    from: 203.0.113.9
    allowed: [POST /verify/v1.0/endpoint/default/device_authorization]
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
  expect(results).toHaveLength(24)
})
