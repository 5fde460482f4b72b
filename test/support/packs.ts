/** A shipped pack as its tests look at it: its own routes, and which of them an operation of the vendor's meets. */
import { compilePolicy } from '../../src/cli/policy.ts'
import type { FaultTable } from '../../src/faults/config.ts'
import type { CompiledPolicy } from '../../src/policy/model.ts'
import type { PolicyTest } from '../../src/policy/test-case.ts'
import type { Callers, RouteConfig } from '../../src/routing/config.ts'
import { canonicalPath } from '../../src/routing/path.ts'
import { type Match, routeTable } from '../../src/routing/table.ts'

export type Pack = {
  readonly policy: CompiledPolicy
  readonly prefix: string
  readonly routes: readonly RouteConfig[]
  /** Tests in files whose name starts like the pack's. */
  readonly tests: readonly PolicyTest[]
  /** The route of a path, without the prefix. */
  readonly routed: (path: string) => Match
  /** Set of error bodies of a route, by its name in the file. */
  readonly faultsOf: (route: string) => FaultTable
}

/**
 * @param upstream - its name in the policy
 * @param file - how the names of its test files start
 */
export async function shippedPack(upstream: string, file: string): Promise<Pack> {
  const { policy, tests, problems } = await compilePolicy(['policies'])
  if (policy === undefined) throw new Error(problems.map(({ message }) => message).join('\n'))
  const index = policy.upstreams.findIndex(({ name }) => name === upstream)
  const prefix = policy.upstreams[index]?.prefix ?? ''
  const routes = policy.routes.filter((route) => route.upstream === index)
  const table = routeTable(policy.upstreams, policy.routes)
  return {
    policy,
    prefix,
    routes,
    tests: tests.filter(({ place }) => place.file.includes(`/${file}-`)),
    routed: (path) => {
      const canonical = canonicalPath(prefix + path)
      const match = canonical.ok ? table.find('gateway.example', canonical.value) : undefined
      if (match === undefined) throw new Error(`no route matches ${path}`)
      return match
    },
    faultsOf: (name) => {
      const route = routes.find(({ id }) => id === `${upstream}/${name}`)
      return policy.faultTables[route?.faults ?? -1] ?? {}
    },
  }
}

/** A path that the template stands for. Where it takes the rest of a path, several segments. */
export const sampleOf = (template: string): string =>
  template.replace(/\{(rest|templatePath)\}/, 'some/other/part').replaceAll(/\{(\w+)\}/g, 'some-$1')

/** Two operations with one shape are one operation, whatever their parameters are called. */
export const shapeOf = (operation: string): string =>
  operation.replace(/\{(rest|templatePath)\}/, '**').replaceAll(/\{\w+\}/g, '{}')

/** Every method of every path that the pack opens, without the prefix. */
export const shippedShapes = ({ routes, prefix }: Pack): readonly string[] =>
  routes.flatMap(({ callers, paths }) =>
    Object.keys(callers).flatMap((method) =>
      paths.map((path) => shapeOf(`${method} ${path.slice(prefix.length)}`)),
    ),
  )

/** Sorted, so that two lists can be compared. */
export const featuresOf = (callers: Callers | undefined): readonly string[] =>
  callers?.kind === 'any_of' ? callers.features.toSorted() : []

/** `METHOD pattern` of every answer that the pack's tests give about the allow list. */
export const answersOf = ({ tests, routed, prefix }: Pack): readonly string[] =>
  tests.flatMap((each) =>
    each.kind === 'allow_list'
      ? each.answers.map(
          ({ request: { method, path } }) => `${method} ${routed(path.slice(prefix.length)).pattern}`,
        )
      : [],
  )
