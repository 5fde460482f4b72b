/**
 * The IBM Cloud App ID pack against a second list of the vendor's operations, which was written from the vendor's
 * reference and not from the policy: each operation has a route with those answers, and nothing else has one.
 */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readFiles } from '../../src/cli/files.ts'
import { compileFiles } from '../../src/policy/compile.ts'
import type { RouteConfig } from '../../src/routing/config.ts'
import { runTests } from '../../src/testing/run.ts'
import { answersOf, sampleOf, shapeOf, shippedPack, shippedShapes } from '../support/packs.ts'
import areas from '../vectors/ibm-app-id-operations.json' with { type: 'json' }

const pack = await shippedPack('app-id', 'ibm-app-id')
const { policy, routes, routed, faultsOf } = pack
const operations = areas.flatMap((area) => area.operations)

test('the list has 117 operations, and none twice', () => {
  expect(operations).toHaveLength(117)
  expect(new Set(operations.map(shapeOf)).size).toBe(117)
})

test.each(areas)('$area, $auth, respects the list: $respects_allow_list', (area) => {
  for (const operation of area.operations) {
    const [method = '', template = ''] = operation.split(' ')
    const { route } = routed(sampleOf(template))
    const { auth, respectsAllowList, origin } = route
    const callers = route.callers[method]?.kind
    expect({ operation, auth, respectsAllowList, origin, callers }).toEqual({
      operation,
      auth: area.auth,
      respectsAllowList: area.respects_allow_list,
      origin: area.origin,
      callers: area.auth === 'none' ? 'anyone' : 'authenticated',
    })
  }
})

/** The vendor's list has "below cloud_directory", and pages that it names stand below it too. */
const formsOfPages = ['forgot_password', 'change_password', 'change_details'].map(
  (page) => `POST /oauth/v4/{}/cloud_directory/${page}`,
)

test('there is no method of a path beyond the vendor’s list', () => {
  const listed = [...operations.map(shapeOf), ...formsOfPages]
  expect(shippedShapes(pack).toSorted()).toEqual(listed.toSorted())
})

test('tokens are the vendor’s own', () => {
  const issuers = routes.filter(({ auth }) => auth === 'token').map(({ token }) => token)
  expect(new Set(issuers)).toEqual(new Set(['upstream']))
})

test('every operation has an answer on the allow list', () => {
  const answered = new Set(answersOf(pack))
  const wanted = operations.map((operation) => {
    const [method = '', template = ''] = operation.split(' ')
    return `${method} ${routed(sampleOf(template)).pattern}`
  })
  expect(wanted.filter((operation) => !answered.has(operation))).toEqual([])
})

test.each([
  ['app-id-management', 50],
  ['app-id-api', 200],
])('%s lets through %i in any second, whatever the bursts', (group, rate) => {
  expect(policy.rateGroups.find(({ name }) => name === group)).toMatchObject({
    period: 1000,
    rate,
    burst: rate,
    average: { over: 1000, rate },
  })
})

test('a client proves itself whatever the body’s kind', () => {
  for (const route of routes.filter(({ auth }) => auth === 'client'))
    expect(route.client?.credentialsIn).toEqual(['form', 'multipart', 'json'])
})

test('the management API has its own limit, and everything else the other one', () => {
  for (const { paths, rateGroup } of routes) {
    const isManagement = paths.every((path) => path.startsWith('/app-id/management/'))
    expect(rateGroup).toBe(isManagement ? 'app-id-management' : 'app-id-api')
  }
})

test.each([
  ['documents', 'bad_request', 400, { error_code: 'BAD_REQUEST' }],
  ['documents', 'unauthenticated', 401, { error_code: 'UNAUTHORIZED' }],
  ['documents', 'denied', 403, { error_code: 'FORBIDDEN' }],
  ['documents', 'not_found', 404, { error_code: 'NOT_FOUND' }],
  ['documents', 'rate_limited', 429, { error_code: 'too many requests' }],
  ['documents', 'upstream_unavailable', 500, { error_code: 'INTERNAL_SERVER_ERROR' }],
  ['documents', 'internal', 500, { error_code: 'INTERNAL_SERVER_ERROR' }],
  ['client-token', 'unauthenticated', 401, { error: 'invalid_client' }],
  ['client-token', 'bad_request', 400, { error: 'invalid_request' }],
  ['client-token', 'denied', 403, { error: 'access_denied' }],
  ['client-token', 'address', 403, { error: 'access_denied' }],
  ['userinfo', 'unauthenticated', 401, { error: 'invalid_token' }],
  ['attribute', 'unauthenticated', 401, { error: 'invalid_token' }],
  [
    'management-applications',
    'unauthenticated',
    401,
    { message: 'You are not authorized to make this request.' },
  ],
] as const)('%s answers %s with %i', (route, reasonClass, status, body) => {
  expect(faultsOf(route)[reasonClass]).toMatchObject({ status, body })
})

test('the table of docs/ibm-app-id.md says what the pack says', () => {
  const document = readFileSync('docs/ibm-app-id.md', 'utf8')
  const paths = routes.flatMap((route) => route.paths).length
  expect(document).toContain(`117 operations\non ${paths} paths, in ${routes.length} routes`)
  const rows = document.split('\n').filter((line) => /^\| `[a-z-]+` \| (?:GET|POST|PUT|DELETE)/.test(line))
  expect(rows.toSorted()).toEqual(routes.map(documented).toSorted())
})

function documented({ id, callers, paths, auth, respectsAllowList, rateGroup }: RouteConfig): string {
  const columns = [
    `\`${id.replace('app-id/', '')}\``,
    Object.keys(callers).join(' '),
    paths.map((path) => `\`${path.replace('/app-id', '')}\``).join('<br>'),
    auth,
    respectsAllowList ? 'yes' : 'no',
    rateGroup,
  ]
  return `| ${columns.join(' | ')} |`
}

const clients = `
policy_format: 1
clients:
  shop:
    upstream: app-id
    client_id: "c0ffee12"
    allow_list: [203.0.113.16/28]
    secrets: upstream
  stranger:
    upstream: verify
    client_id: "another"
    allow_list: any
    secrets: upstream
tests:
  - client: shop
    from: 203.0.113.17
    allowed: [POST /app-id/oauth/v4/t1/token, POST /app-id/oauth/v4/t1/revoke, POST /app-id/oauth/v4/t1/introspect]
  - client: shop
    from: 203.0.113.40
    denied:
      address_not_allowed: [POST /app-id/oauth/v4/t1/token, POST /app-id/oauth/v4/t1/introspect]
  - client: stranger
    from: 203.0.113.17
    denied:
      credentials_invalid: [POST /app-id/oauth/v4/t1/token]
`

test('an allow list of the policy counts where a client proves itself, and clients of other upstreams never do', async () => {
  const { inputs } = await readFiles(['policies'])
  const own = { path: 'own.yaml', name: 'own.yaml', bytes: new TextEncoder().encode(clients) }
  const compiled = await compileFiles([...inputs, own])
  expect(compiled.problems).toEqual([])
  if (compiled.policy === undefined) throw new Error('does not compile')
  const ownTests = compiled.tests.filter(({ place }) => place.file === own.path)
  const { results } = await runTests(compiled.policy, ownTests, [])
  expect(results.filter(({ passed }) => !passed).map((result) => result.case.request.text)).toEqual([])
  expect(results).toHaveLength(6)
})
