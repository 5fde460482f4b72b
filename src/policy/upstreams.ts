/** Upstreams and their routes, put together. */
import { type Cursor, follow, placeOfKey, placeOfValue } from '../source/cursor.ts'
import { addAll, errorAt, type Problem } from '../source/problem.ts'
import { checkCallerSets } from './callers.ts'
import type { Defined, Dictionary } from './definitions.ts'
import { durationMillis } from './fields.ts'
import { readLists } from './lists.ts'
import type { UpstreamConfig } from './model.ts'
import { readMounts } from './mounts.ts'
import { type OriginOverrides, readOrigins } from './origins.ts'
import { type ReadRoute, type RouteNames, readRoutes } from './routes.ts'
import type { UpstreamSource } from './sources.ts'
import type { Unit } from './units.ts'

export type ReadUpstream = {
  readonly config: UpstreamConfig
  readonly source: UpstreamSource
  readonly routes: readonly ReadRoute[]
}

const TIMEOUT_MS = 10_000

/** In the order of `units.all`, which the indexes of routes and clients count by. */
export function readUpstreams(
  units: Dictionary<Unit>,
  names: RouteNames,
  origins: OriginOverrides,
  problems: Problem[],
): ReadUpstream[] {
  const mounts = readMounts(units, problems)
  return units.all.flatMap((unit, index) => {
    const mount = mounts[index]
    if (mount === undefined) return []
    const { upstream } = unit.value
    addAll(problems, checkCallerSets(unit))
    problems.push(
      ...names.faults.unknown(upstream.errors, follow(unit.at, 'errors')),
      ...checkSignature(unit),
    )
    const { lists, sources } = readLists(upstream, unit.at, names.networks, problems)
    const config: UpstreamConfig = {
      ...mount,
      ...(lists && { lists }),
      origins: readOrigins(unit, origins, problems),
      timeout: upstream.timeout === undefined ? TIMEOUT_MS : durationMillis(upstream.timeout),
      authorization: upstream.authorization ?? 'remove',
      credentials: [...new Set(upstream.credentials ?? (['basic'] as const))],
      disabledClientTokens: upstream.disabled_client_tokens ?? 'refuse',
      faults: names.faults.tableOf(upstream.errors, undefined),
    }
    const source = { ...sourceOf(unit), ...sources }
    return { config, source, routes: readRoutes(unit, index, names, problems) }
  })
}

const sourceOf = ({ value, at }: Defined<Unit>): UpstreamSource => ({
  place: placeOfKey(at),
  title: value.upstream.title,
  features: new Map(
    inFileOrder(value.features.all).map((feature) => [
      feature.name,
      { description: feature.value.description, place: placeOfKey(feature.at) },
    ]),
  ),
})

const inFileOrder = <T>(entries: readonly Defined<T>[]): readonly Defined<T>[] =>
  entries.toSorted((a, b) => startOf(a.at) - startOf(b.at))

const startOf = ({ key }: Cursor): number => key?.from ?? 0

/** A signature is checked with the clear secret, which only the upstream has (vendor page: Akamai, signed requests). */
function checkSignature({ value, at }: Defined<Unit>): Problem[] {
  const { credentials = [], authorization } = value.upstream
  const index = credentials.indexOf('signature')
  if (index < 0 || authorization === 'forward') return []
  const message =
    'a signed request is checked by the upstream, and the Authorization header does not get there'
  return [
    errorAt('P0315', placeOfValue(follow(at, 'credentials', index)), message, {
      help: 'write `authorization: forward`, or leave `signature` out',
    }),
  ]
}
