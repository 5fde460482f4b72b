/** Which methods of which routes the tests speak of, from both sides. */
import type { CompiledPolicy } from '../policy/model.ts'
import type { RouteConfig } from '../routing/config.ts'
import type { CaseResult } from './runner.ts'

export type Uncovered = {
  readonly route: RouteConfig
  readonly method: string
  readonly missing: readonly ('allowed' | 'denied')[]
}

export type Coverage = {
  readonly pairs: number
  readonly covered: number
  /** In the order of the policy. */
  readonly uncovered: readonly Uncovered[]
}

/**
 * A pair of route and method is covered by a case that expects it to be allowed and one that expects a denial. What
 * is open to everybody cannot be denied, so there the first is enough.
 */
export function coverageOf(results: readonly CaseResult[], policy: CompiledPolicy): Coverage {
  const expected = expectations(results)
  const pairs = policy.routes.flatMap((route) =>
    Object.keys(route.callers).map((method) => ({ route, method })),
  )
  const uncovered = pairs.flatMap(({ route, method }): Uncovered[] => {
    const sides = expected.get(keyOf(route, method))
    const wanted = isOpenToAll(route, policy) ? (['allowed'] as const) : (['allowed', 'denied'] as const)
    const missing = wanted.filter((side) => !sides?.has(side))
    return missing.length > 0 ? [{ route, method, missing }] : []
  })
  return { pairs: pairs.length, covered: pairs.length - uncovered.length, uncovered }
}

/** In per cent, 0 to 100; a policy without routes is covered. */
export const percentage = ({ pairs, covered }: Coverage): number =>
  pairs === 0 ? 100 : (covered / pairs) * 100

type Sides = ReadonlyMap<string, ReadonlySet<'allowed' | 'denied'>>

/** A failed case counts too: it is there, and it is red for itself. */
function expectations(results: readonly CaseResult[]): Sides {
  const found = new Map<string, Set<'allowed' | 'denied'>>()
  for (const { case: each, met } of results) {
    if (met.route === undefined || met.callers === undefined) continue
    const method = declaredMethod(met.route, each.request.method)
    const key = keyOf(met.route, method)
    const sides = found.get(key) ?? new Set()
    for (const { expected } of each.checks) sides.add(expected === 'allowed' ? 'allowed' : 'denied')
    found.set(key, sides)
  }
  return found
}

/** HEAD follows GET, so it speaks of GET where the route does not name it. */
const declaredMethod = ({ callers }: RouteConfig, method: string): string =>
  Object.hasOwn(callers, method) ? method : 'GET'

const keyOf = ({ id }: RouteConfig, method: string): string => `${method} ${id}`

const isOpenToAll = (route: RouteConfig, policy: CompiledPolicy): boolean =>
  route.auth === 'none' && route.lists === undefined && policy.upstreams[route.upstream]?.lists === undefined
