/** How the requests of a route are counted: its `rate_group` and `cost`, and the upstream's `tenant`. */
import { floorDiv } from '../ratelimit/gcra.ts'
import { homeKind } from '../ratelimit/key.ts'
import type { RouteConfig } from '../routing/config.ts'
import { type Cursor, follow, placeOfKey, placeOfValue } from '../source/cursor.ts'
import { addAll, errorAt, type Problem } from '../source/problem.ts'
import { type Defined, type Dictionary, unknownName } from './definitions.ts'
import { durationMillis } from './fields.ts'
import type { GatewaySettings } from './gateway.ts'
import { countedBy } from './rate-groups.ts'
import type { RateGroupBlock, RouteBlock, UpstreamBlock } from './schema.ts'

type Names = { readonly rateGroups: Dictionary<RateGroupBlock>; readonly gateway: GatewaySettings }

export function readCounting(
  route: Defined<RouteBlock>,
  upstream: UpstreamBlock,
  names: Names,
  problems: Problem[],
): Pick<RouteConfig, 'rateGroup' | 'alsoCounted' | 'cost' | 'tenant'> {
  addAll(problems, checkNames(route, names))
  const [rateGroup = '', ...alsoCounted] = groupNames(route, names)
  const groups = [rateGroup, ...alsoCounted].flatMap((name) => names.rateGroups.find(name) ?? [])
  addAll(problems, checkTogether(route, groups))
  const all = costs(route)
  // A number is written once and checked once, however many methods it counts for.
  const written = typeof route.value.cost === 'number' ? all.slice(0, 1) : all
  addAll(
    problems,
    written.flatMap((cost) => checkCost(cost, route, groups)),
  )
  const heavy = all.filter(({ units }) => units > 1)
  const cost = Object.fromEntries(heavy.map(({ method, units }) => [method, units]))
  const byTenant = groups.find(({ value }) => countedBy(value).includes('tenant'))
  if (byTenant) addAll(problems, checkTenant(route, upstream, byTenant))
  return {
    rateGroup,
    ...(alsoCounted.length > 0 && { alsoCounted }),
    ...(heavy.length > 0 && { cost }),
    ...(byTenant && upstream.tenant !== undefined && { tenant: upstream.tenant.slice(1, -1) }),
  }
}

/** Each once, in the order of the file. */
const groupNames = ({ value }: Defined<RouteBlock>, { gateway }: Names): readonly string[] => [
  ...new Set([value.rate_group ?? gateway.defaultRateGroup?.name ?? ''].flat()),
]

/** Only cells in one place can be charged all or not at all, and only at one moment. */
function checkTogether({ at }: Defined<RouteBlock>, groups: readonly Defined<RateGroupBlock>[]): Problem[] {
  const [first, ...others] = groups
  if (first === undefined) return []
  return others.flatMap((other) => {
    const means = [first, other].map(({ value }) => placeWord(value))
    if (means[0] === means[1]) return []
    const message = `\`${first.name}\` is kept by ${means[0]} and \`${other.name}\` by ${means[1]}, so they cannot be charged together`
    const help = 'name groups that have the first of tenant, client, token, address and route in common'
    const also = [
      { place: placeOfKey(first.at), label: first.name },
      { place: placeOfKey(other.at), label: other.name },
    ]
    return [errorAt('P0320', placeOfValue(follow(at, 'rate_group')), message, { help, also })]
  })
}

const placeWord = (group: RateGroupBlock): string =>
  group.before_auth === true ? 'address before authentication' : (homeKind(countedBy(group)) ?? '')

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
function checkNames({ name, value, at }: Defined<RouteBlock>, { rateGroups, gateway }: Names): Problem[] {
  const { rate_group: group } = value
  if (group !== undefined) {
    return [group].flat().flatMap((one, index) => {
      const place = follow(at, 'rate_group', ...(typeof group === 'string' ? [] : [index]))
      return unknownName(rateGroups, one, place, 'P0304', `no rate group \`${one}\``)
    })
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
  groups: readonly Defined<RateGroupBlock>[],
): Problem[] {
  if (!Object.hasOwn(value.callers, method)) {
    const help =
      method === 'HEAD' ? 'HEAD costs what GET costs; delete it' : 'delete it, or add the method to `callers`'
    return [errorAt('P0318', placeOfKey(at), `no caller may use ${method} here, so it has no cost`, { help })]
  }
  const tooSmall = groups.find((group) => units > atMostOnce(group.value))
  if (tooSmall === undefined) return []
  const most = atMostOnce(tooSmall.value)
  const message = `a request that costs ${units} is always refused: \`${tooSmall.name}\` never admits more than ${most}`
  const also = [{ place: placeOfKey(tooSmall.at), label: tooSmall.name }]
  return [
    errorAt('P0318', placeOfValue(at), message, { help: 'write a smaller cost, or a larger burst', also }),
  ]
}

/** The largest request that an unused cell of a group admits. */
function atMostOnce({ period, burst, average }: RateGroupBlock): number {
  if (average === undefined) return burst
  return Math.min(burst, floorDiv(average.rate * durationMillis(average.over), durationMillis(period)))
}
