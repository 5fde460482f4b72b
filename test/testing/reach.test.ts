/** Which routes a pattern reaches, against every path there is over a small alphabet. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CompiledPolicy, UpstreamConfig } from '../../src/policy/model.ts'
import type { RouteConfig } from '../../src/routing/config.ts'
import { canonicalPath } from '../../src/routing/path.ts'
import { parsePattern, shapeOf } from '../../src/routing/pattern.ts'
import { routeTable } from '../../src/routing/table.ts'
import { routesReached } from '../../src/testing/reach.ts'
import { loaded, shop } from './shop.ts'

const { policy: base } = await loaded(shop)

/** Routes r0, r1, ... with one path each, of one upstream at the root. */
function policyOf(paths: readonly string[], upstream: Partial<UpstreamConfig> = {}): CompiledPolicy {
  const [first] = base.upstreams
  const [route] = base.routes
  if (!first || !route) throw new Error('the policy has no route')
  const routes = paths.map(
    (path, at): RouteConfig => ({ ...route, id: `r${at}`, upstream: 0, paths: [path] }),
  )
  return { ...base, upstreams: [{ ...first, prefix: '', hosts: [], ...upstream }], routes }
}

const reachedIn = (paths: readonly string[], requests: string): string[] =>
  routesReached(policyOf(paths))(requests).map(({ route }) => route.id)

test.each([
  ['/config/*/clients/**', ['/config/{app}/clients/{id}', '/config/{app}/clients'], ['r0']],
  ['/config/*/clients', ['/config/{app}/clients/{id}', '/config/{app}/clients'], ['r1']],
  ['/config/**', ['/config/{app}/clients/{id}', '/config', '/config/**'], ['r0', 'r2']],
  // It crosses the second pattern, and where they meet the first one is asked before.
  ['/config/*/clients/**', ['/config/{app}/clients/**', '/{customer}/webhooks/**'], ['r0']],
  // The first one takes all paths of two segments, and none that is longer.
  ['/a/**', ['/a/{one}', '/{any}/**'], ['r0', 'r1']],
  ['/a/*', ['/a/{one}', '/{any}/**'], ['r0']],
  ['/a/', ['/a/', '/a', '/**', '/{one}'], ['r0']],
  ['/a/*', ['/a/', '/a/{one}'], ['r1']],
  ['/a/**', ['/a/'], []],
  ['/users%3Aexport', ['/users:export', '/{one}'], ['r0']],
  ['/nothing', ['/something'], []],
  ['/**', ['/a', '/b/**', '/{one}/c'], ['r0', 'r1', 'r2']],
])('%s among %j', (requests, paths, reached) => {
  expect(reachedIn(paths, requests)).toEqual(reached)
})

test('the path that is given reaches the route', () => {
  const [first, second] = routesReached(policyOf(['/a/{one}', '/{any}/b/**']))('/**')
  expect([first?.path, second?.path]).toEqual(['/a/any~', '/any~/b/any~'])
})

test('a route of an upstream that is bound to hosts is reached on them', () => {
  const policy = policyOf(['/a'], { hosts: ['one.example', 'two.example'] })
  expect(routesReached(policy)('/a')).toHaveLength(1)
})

const segment = fc.constantFrom('a', 'b', '{p}')
/** Names of parameters differ within a pattern; the last segment may be the rest, or empty. */
const pattern = fc
  .tuple(fc.array(segment, { minLength: 1, maxLength: 3 }), fc.constantFrom('', '/**', '/'))
  .map(([segments, end]) => `/${segments.map((each, at) => each.replace('p', `p${at}`)).join('/')}${end}`)

/** Patterns of which no two match the same paths: what compiles. */
const patterns = fc.uniqueArray(fc.oneof(pattern, fc.constant('/**')), {
  minLength: 1,
  maxLength: 6,
  selector: (text) => {
    const parsed = parsePattern(text)
    return parsed.ok ? shapeOf(parsed.value) : text
  },
})

const requestsOf = (text: string): string => text.replace(/\{p\d\}/g, '*')

/** Every path of at most six segments, with a segment that no pattern names. */
const allPaths = (function below(prefix: string, depth: number): string[] {
  if (depth === 0) return []
  return ['a', 'b', 'z'].flatMap((name) => {
    const path = `${prefix}/${name}`
    return [path, `${path}/`, ...below(path, depth - 1)]
  })
})('', 6)

test('a route is reached when, and only when, one of all paths reaches it', () => {
  fc.assert(
    fc.property(patterns, pattern, (paths, asked) => {
      const policy = policyOf(paths)
      const table = routeTable(policy.upstreams, policy.routes)
      const asPattern = routeTable(policy.upstreams, policyOf([asked]).routes)
      const reached = new Set<string>()
      for (const path of allPaths) {
        const canonical = canonicalPath(path)
        if (!canonical.ok || !asPattern.find('any.example', canonical.value)) continue
        const match = table.find('any.example', canonical.value)
        if (match) reached.add(match.route.id)
      }
      const found = routesReached(policy)(requestsOf(asked)).map(({ route }) => route.id)
      expect(found.toSorted()).toEqual([...reached].toSorted())
    }),
    { numRuns: 150 },
  )
})
