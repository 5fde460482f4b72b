/** How the requests of a route are counted: its `rate_group` and `cost`, and the upstream's `tenant`. */
import { floorDiv } from '../ratelimit/gcra.ts'
import type { RouteConfig } from '../routing/config.ts'
import { type Cursor, follow, placeOfKey, placeOfValue } from '../source/cursor.ts'
import { errorAt, type Problem } from '../source/problem.ts'
import { type Defined, type Dictionary, unknownName } from './definitions.ts'
import { durationMillis } from './fields.ts'
import type { GatewaySettings } from './gateway.ts'
import type { RateGroupBlock, RouteBlock, UpstreamBlock } from './schema.ts'

type Names = { readonly rateGroups: Dictionary<RateGroupBlock>; readonly gateway: GatewaySettings }

export function readCounting(
  route: Defined<RouteBlock>,
  upstream: UpstreamBlock,
  names: Names,
  problems: Problem[],
): Pick<RouteConfig, 'rateGroup' | 'cost' | 'tenant'> {
  problems.push(...checkGroup(route, names))
  const rateGroup = route.value.rate_group ?? names.gateway.defaultRateGroup?.name ?? ''
  const group = names.rateGroups.find(rateGroup)
  const all = costs(route)
  // A number is written once and checked once, however many methods it counts for.
  const written = typeof route.value.cost === 'number' ? all.slice(0, 1) : all
  problems.push(...written.flatMap((cost) => checkCost(cost, route, group)))
  const heavy = all.filter(({ units }) => units > 1)
  const cost = Object.fromEntries(heavy.map(({ method, units }) => [method, units]))
  const byTenant = group !== undefined && [group.value.per].flat().includes('tenant')
  if (byTenant) problems.push(...checkTenant(route, upstream, group))
  return {
    rateGroup,
    ...(heavy.length > 0 && { cost }),
    ...(byTenant && upstream.tenant !== undefined && { tenant: upstream.tenant.slice(1, -1) }),
  }
}

/** A path without the parameter would silently be counted by something else. */
function checkTenant(
  { name, value, at }: Defined<RouteBlock>,
  { tenant }: UpstreamBlock,
  group: Defined<RateGroupBlock>,
): Problem[] {
  const also = [{ place: placeOfValue(follow(group.at, 'per')), label: `${group.name} counts by tenant` }]
  if (tenant === undefined) {
    const message = `routes.${name} is counted by tenant, and the upstream does not say which parameter that is`
    const help = 'add `tenant: "{name}"` under `upstream:`'
    return [errorAt('P0319', placeOfKey(at), message, { help, also })]
  }
  return value.paths.flatMap((path, index) => {
    if (path.split('/').includes(tenant)) return []
    const message = `\`${path}\` has no \`${tenant}\`, the tenant that its requests are counted by`
    const help = `name the segment ${tenant}, or choose another rate group`
    return [errorAt('P0319', placeOfValue(follow(at, 'paths', index)), message, { help, also })]
  })
}

/** Nothing is unlimited by omission. */
function checkGroup({ name, value, at }: Defined<RouteBlock>, { rateGroups, gateway }: Names): Problem[] {
  const { rate_group: group } = value
  if (group !== undefined) {
    return unknownName(rateGroups, group, follow(at, 'rate_group'), 'P0304', `no rate group \`${group}\``)
  }
  if (gateway.defaultRateGroup !== undefined || gateway.isDamaged) return []
  return [
    errorAt('P0304', placeOfKey(at), `routes.${name} names no rate group, and there is no default`, {
      help: 'add `rate_group:` here, or `default_rate_group:` under `gateway:`',
    }),
  ]
}

/** The cost of a request with one method, and where it is written. */
type Cost = { readonly method: string; readonly units: number; readonly at: Cursor }

/** A number counts for every method of the route. */
function costs({ value, at }: Defined<RouteBlock>): readonly Cost[] {
  const { cost = {}, callers } = value
  if (typeof cost !== 'number') {
    return Object.entries(cost).map(([method, units]) => ({ method, units, at: follow(at, 'cost', method) }))
  }
  return Object.keys(callers).map((method) => ({ method, units: cost, at: follow(at, 'cost') }))
}

function checkCost(
  { method, units, at }: Cost,
  { value }: Defined<RouteBlock>,
  group: Defined<RateGroupBlock> | undefined,
): Problem[] {
  if (!Object.hasOwn(value.callers, method)) {
    const help =
      method === 'HEAD' ? 'HEAD costs what GET costs; delete it' : 'delete it, or add the method to `callers`'
    return [errorAt('P0318', placeOfKey(at), `no caller may use ${method} here, so it has no cost`, { help })]
  }
  if (group === undefined || units <= atMostOnce(group.value)) return []
  const message = `a request that costs ${units} is always refused: \`${group.name}\` never admits more than ${atMostOnce(group.value)}`
  return [
    errorAt('P0318', placeOfValue(at), message, {
      help: 'write a smaller cost, or a larger burst',
      also: [{ place: placeOfKey(group.at), label: group.name }],
    }),
  ]
}

/** The largest request that an unused cell of a group admits. */
function atMostOnce({ period, burst, average }: RateGroupBlock): number {
  if (average === undefined) return burst
  return Math.min(burst, floorDiv(average.rate * durationMillis(average.over), durationMillis(period)))
}
