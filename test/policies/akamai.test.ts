/**
 * The Akamai pack against a second list of the vendor's operations, which was written from the vendor's own
 * tables and not from the policy: each operation has a route with those answers, and nothing else has one.
 */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { compilePolicy } from '../../src/cli/policy.ts'
import type { FaultTable } from '../../src/faults/config.ts'
import type { CompiledPolicy } from '../../src/policy/model.ts'
import type { TestRequest } from '../../src/policy/test-case.ts'
import type { Callers, RouteConfig } from '../../src/routing/config.ts'
import { canonicalPath } from '../../src/routing/path.ts'
import { type Match, routeTable } from '../../src/routing/table.ts'
import areas from '../vectors/akamai-operations.json' with { type: 'json' }

const compiled = await compilePolicy(['policies'])
const policy = existing(compiled.policy)
const table = routeTable(policy.upstreams, policy.routes)
const akamai = policy.upstreams.findIndex(({ name }) => name === 'akamai')
const routes = policy.routes.filter(({ upstream }) => upstream === akamai)

test('the shipped policies compile without a single problem', () => {
  expect(compiled.problems).toEqual([])
})

const features = ['owner', 'access_issuer', 'direct_access', 'direct_read_access', 'login_client', 'metadata']

test.each(areas)('$area, $auth, respects the list: $respects_allow_list', (area) => {
  for (const operation of area.operations) {
    const [method = '', template = ''] = operation.split(' ')
    const { route } = routed(sampleOf(template))
    const { auth, respectsAllowList, origin } = route
    expect({
      operation,
      auth,
      respectsAllowList,
      origin,
      features: featuresOf(route.callers[method]),
    }).toEqual({
      operation,
      auth: area.auth,
      respectsAllowList: area.respects_allow_list,
      origin: area.origin,
      features: features.filter((feature) => area.features.includes(feature)),
    })
  }
})

test('there is no method of a path beyond the vendor’s list', () => {
  const listed = areas.flatMap(({ operations }) => operations.map((operation) => shapeOf(`${operation}`)))
  const shipped = routes.flatMap((route) =>
    Object.keys(route.callers).flatMap((method) =>
      route.paths.map((path) => shapeOf(`${method} ${path.replace('/akamai', '')}`)),
    ),
  )
  expect(shipped.toSorted()).toEqual(listed.toSorted())
})

test('what needs no features is open to anyone or to any token, and to nobody else', () => {
  const kinds = routes.map(({ auth, callers }) => [auth, ...Object.values(callers).map(({ kind }) => kind)])
  const expected: Readonly<Record<string, string>> = {
    basic: 'any_of',
    client_id: 'any_of',
    token: 'authenticated',
    none: 'anyone',
  }
  for (const [auth = '', ...of] of kinds) expect(new Set(of)).toEqual(new Set([expected[auth]]))
})

test('tokens are the upstream’s own', () => {
  const issuers = routes.filter(({ auth }) => auth === 'token').map(({ token }) => token)
  expect(new Set(issuers)).toEqual(new Set(['upstream']))
})

test('every feature has a cell in a table for every operation that asks for features', () => {
  const cells = new Set<string>()
  for (const { kind, ...rest } of compiled.tests) {
    if (kind !== 'table' || !('cells' in rest)) continue
    for (const { request, expect: wanted, feature } of rest.cells) {
      if (request !== undefined && wanted !== 'unchecked') cells.add(`${feature} ${patternOf(request)}`)
    }
  }
  const wanted = routes
    .filter(({ auth }) => auth === 'basic' || auth === 'client_id')
    .flatMap(({ callers, paths }) =>
      Object.keys(callers).flatMap((method) =>
        paths.flatMap((path) => features.map((feature) => `${feature} ${method} ${path}`)),
      ),
    )
  expect(wanted.filter((cell) => !cells.has(cell))).toEqual([])
})

test('every operation has an answer on the allow list', () => {
  const answered = new Set<string>()
  for (const each of compiled.tests) {
    if (each.kind === 'allow_list') for (const { request } of each.answers) answered.add(patternOf(request))
  }
  const wanted = routes.flatMap(({ callers, paths }) =>
    Object.keys(callers).flatMap((method) => paths.map((path) => `${method} ${path}`)),
  )
  expect(wanted.filter((operation) => !answered.has(operation))).toEqual([])
})

test('the 403 body has the fields of the vendor’s sample, in its order', () => {
  for (const id of ['entity-read', 'config-clients', 'flows']) {
    expect(JSON.stringify(faultsOf(id).denied)).toBe(
      [
        `{"status":403,"body":{"error":"client_permission_error","request_id":"\${request_id}"`,
        '"error_description":"the provided client does not have authorization for this action"',
        '"stat":"error","code":403}}',
      ].join(),
    )
  }
})

test('only API Clients and Entity Types answer 500, and only for an address', () => {
  const with500 = routes.filter(({ id }) =>
    JSON.stringify(faultsOf(id.slice('akamai/'.length))).includes('500'),
  )
  expect(with500.map(({ id }) => id).toSorted()).toEqual([
    'akamai/config-client',
    'akamai/config-client-secret',
    'akamai/config-client-settings',
    'akamai/config-clients',
    'akamai/config-entity-attributes',
    'akamai/config-entity-types',
  ])
  for (const { id } of with500) {
    const { address, ...others } = faultsOf(id.slice('akamai/'.length))
    expect(address).toEqual({ status: 500, body: { message: 'Internal Server Error' } })
    expect(Object.values(others).map((fault) => fault.status)).not.toContain(500)
  }
})

test('no client ships', () => {
  expect(policy.clients).toEqual([])
})

test('the table of docs/akamai-identity-cloud.md says what the pack says', () => {
  const document = readFileSync('docs/akamai-identity-cloud.md', 'utf8')
  const rows = document
    .split('\n')
    .map((line) => line.replaceAll(/ +\|/g, ' |'))
    .filter((line) => /^\| `[a-z0-9-]+` \| (?:GET|POST|PUT)/.test(line))
  const paths = routes.flatMap((route) => route.paths).length
  const pairs = areas.flatMap(({ operations }) => operations).length
  expect(document).toContain(
    `${paths} paths and ${pairs} pairs of path and method, in ${routes.length} routes`,
  )
  expect(rows.map((row) => row.split(' | ').slice(0, 7).join(' | ')).toSorted()).toEqual(
    routes.map(documented).toSorted(),
  )
})

function documented(route: RouteConfig): string {
  const [callers] = Object.values(route.callers)
  const names = callers?.kind === 'any_of' ? featuresOf(callers).join(', ') : (callers?.kind ?? '')
  const paths = route.paths.map((path) => `\`${path.replace('/akamai', '')}\``).join('<br>')
  const columns = [
    `\`${route.id.replace('akamai/', '')}\``,
    Object.keys(route.callers).join(' '),
    paths,
    route.auth,
    route.respectsAllowList ? 'yes' : 'no',
    names,
    route.rateGroup,
  ]
  return `| ${columns.join(' | ')}`
}

/** A path that the template stands for; `{rest}` is a part of a flow that no route names. */
const sampleOf = (template: string): string =>
  `/akamai${template.replace('{rest}', 'some/other/part').replaceAll(/\{(\w+)\}/g, 'some-$1')}`

const shapeOf = (operation: string): string => operation.replace('{rest}', '**').replaceAll(/\{\w+\}/g, '{}')

function routed(path: string): Match {
  const canonical = canonicalPath(path)
  const match = canonical.ok ? table.find('gateway.example', canonical.value) : undefined
  if (match === undefined) throw new Error(`no route matches ${path}`)
  return match
}

const patternOf = ({ method, path }: TestRequest): string => `${method} ${routed(path).pattern}`

/** In the order of the vendor's list, so that two lists can be compared. */
const featuresOf = (callers: Callers | undefined): readonly string[] =>
  callers?.kind === 'any_of' ? features.filter((feature) => callers.features.includes(feature)) : []

function faultsOf(id: string): FaultTable {
  const route = routes.find((each) => each.id === `akamai/${id}`)
  return policy.faultTables[route?.faults ?? -1] ?? {}
}

function existing(from: CompiledPolicy | undefined): CompiledPolicy {
  if (from === undefined) throw new Error('the shipped policies do not compile')
  return from
}
