/** `routes:` of an upstream: blocks in, compiled routes and their sources out. */
import type { RouteConfig } from '../routing/config.ts'
import { follow, placeOfKey, placeOfValue } from '../source/cursor.ts'
import { addAll, errorAt, type Problem } from '../source/problem.ts'
import { lineAt } from '../source/text.ts'
import { type Knowledge, readCallers } from './callers.ts'
import { readCounting } from './counting.ts'
import { type Defined, type Dictionary, unknownName } from './definitions.ts'
import type { FaultTables } from './faults.ts'
import type { GatewaySettings } from './gateway.ts'
import { type Networks, readLists } from './lists.ts'
import { readPaths } from './paths.ts'
import { readReportOnly } from './report-only.ts'
import { checkCredentials, readCredentials } from './route-credentials.ts'
import type { RateGroupBlock, RouteBlock, TokenBlock } from './schema.ts'
import type { RouteSource } from './sources.ts'
import type { Unit } from './units.ts'

/** What routes refer to. */
export type RouteNames = {
  readonly networks: Networks
  readonly rateGroups: Dictionary<RateGroupBlock>
  readonly tokens: Dictionary<TokenBlock>
  readonly faults: FaultTables
  readonly gateway: GatewaySettings
}

export type ReadRoute = { readonly config: RouteConfig; readonly source: RouteSource }

/** @param upstream - index of the unit among the compiled upstreams */
export function readRoutes(
  unit: Defined<Unit>,
  upstream: number,
  names: RouteNames,
  problems: Problem[],
): ReadRoute[] {
  const paths = readPaths(unit, problems)
  return unit.value.routes.all.map((route) => {
    const { value, at } = route
    addAll(problems, checkAuth(route, names.tokens))
    addAll(problems, checkNames(route, unit, names))
    const callers = readCallers(value.callers, at, unit, knowledgeOf(value, names.tokens), problems)
    addAll(problems, checkUpgrade(route))
    addAll(problems, checkCredentials(route))
    const { lists, sources } = readLists(value, at, names.networks, problems)
    const config: RouteConfig = {
      id: `${unit.name}/${route.name}`,
      upstream,
      at: `${at.source.name}:${lineAt(at.source, at.key?.from ?? 0)}`,
      paths: paths.get(route.name) ?? [],
      auth: value.auth,
      ...readCredentials(value, unit.value.upstream),
      ...(value.token !== undefined && { token: value.token }),
      respectsAllowList: value.respects_allow_list,
      callers,
      ...readCounting(route, unit.value.upstream, names, problems),
      origin: value.origin ?? 'default',
      faults: names.faults.tableOf(unit.value.upstream.errors, value.errors),
      ...(lists && { lists }),
      ...(value.upgrade && { upgrade: value.upgrade }),
      ...readReportOnly(value),
    }
    return { config, source: { ...sourceOf(route, names), ...sources } }
  })
}

function sourceOf({ value, at }: Defined<RouteBlock>, { gateway }: RouteNames): RouteSource {
  const field = (name: string) => placeOfValue(follow(at, name))
  const methods = Object.keys(value.callers).map((method) => {
    const cell = follow(at, 'callers', method)
    return [method, { place: placeOfKey(cell), callers: placeOfValue(cell) }] as const
  })
  const usesDefault = value.rate_group === undefined && gateway.defaultRateGroup
  return {
    place: placeOfKey(at),
    ...(value.doc !== undefined && { doc: value.doc }),
    paths: value.paths.map((_, index) => placeOfValue(follow(at, 'paths', index))),
    auth: field('auth'),
    respectsAllowList: field('respects_allow_list'),
    methods: new Map(methods),
    rateGroup: usesDefault ? placeOfValue(usesDefault.at) : field('rate_group'),
  }
}

/** A token issuer that is not well formed may have any claim. */
function knowledgeOf({ auth, token = '' }: RouteBlock, tokens: Dictionary<TokenBlock>): Knowledge {
  if (auth === 'none') return { auth, client: false, scopes: false }
  if (auth !== 'token') return { auth, client: true, scopes: false }
  if (token === 'upstream') return { auth, client: false, scopes: false }
  const issuer = tokens.find(token)
  return { auth, client: issuer === undefined || issuer.value.client_id_claim !== undefined, scopes: true }
}

function checkAuth(route: Defined<RouteBlock>, tokens: Dictionary<TokenBlock>): Problem[] {
  return [...checkNone(route), ...checkToken(route, tokens), ...checkRespect(route, tokens)]
}

function checkNone({ name, value, at }: Defined<RouteBlock>): Problem[] {
  const { auth, why_no_auth: why } = value
  if (auth === 'none' && why === undefined) {
    const message = `routes.${name} is open to everybody and does not say why`
    return [
      errorAt('P0308', placeOfValue(follow(at, 'auth')), message, {
        help: 'add `why_no_auth:` with a sentence',
      }),
    ]
  }
  if (auth !== 'none' && why !== undefined) {
    const message = `\`why_no_auth\` is for \`auth: none\`, and this route has \`auth: ${auth}\``
    return [errorAt('P0308', placeOfKey(follow(at, 'why_no_auth')), message, { help: 'delete the line' })]
  }
  return []
}

function checkToken({ name, value, at }: Defined<RouteBlock>, tokens: Dictionary<TokenBlock>): Problem[] {
  const { auth, token } = value
  if (auth === 'token' && token === undefined) {
    const message = `routes.${name} has \`auth: token\` and does not say whose tokens`
    const help =
      'add `token:` with a name under `tokens:`, or `token: upstream` where the upstream checks them'
    return [errorAt('P0305', placeOfValue(follow(at, 'auth')), message, { help })]
  }
  if (token === undefined) return []
  const field = follow(at, 'token')
  if (auth !== 'token') {
    const message = `\`token\` is for \`auth: token\`, and this route has \`auth: ${auth}\``
    return [errorAt('P0305', placeOfKey(field), message, { help: 'delete the line' })]
  }
  return token === 'upstream'
    ? []
    : unknownName(tokens, token, field, 'P0305', `no token issuer \`${token}\``)
}

/** The lists are those of an API client, so the route must know which one is calling. */
function checkRespect({ value, at }: Defined<RouteBlock>, tokens: Dictionary<TokenBlock>): Problem[] {
  if (!value.respects_allow_list || knowledgeOf(value, tokens).client) return []
  const place = placeOfValue(follow(at, 'respects_allow_list'))
  const issuer = tokens.find(value.token ?? '')
  if (value.auth === 'token' && issuer) {
    const message = `the tokens of ${issuer.name} name no API client, so there is no allow list to respect`
    return [
      errorAt('P0307', place, message, {
        help: 'give the issuer a `client_id_claim`, or write false',
        also: [{ place: placeOfKey(issuer.at), label: issuer.name }],
      }),
    ]
  }
  const kind = value.auth === 'token' ? 'token: upstream' : `auth: ${value.auth}`
  const message = `with \`${kind}\` no API client is known here, so there is no allow list to respect`
  return [errorAt('P0307', place, message, { help: 'write false' })]
}

function checkNames({ value, at }: Defined<RouteBlock>, unit: Defined<Unit>, names: RouteNames): Problem[] {
  const { errors, origin } = value
  return [
    ...names.faults.unknown(errors, follow(at, 'errors')),
    ...(origin === undefined ? [] : checkOrigin(origin, follow(at, 'origin'), unit)),
  ]
}

function checkOrigin(origin: string, at: Defined<RouteBlock>['at'], unit: Defined<Unit>): Problem[] {
  const known = ['default', ...Object.keys(unit.value.upstream.origins ?? {})]
  if (known.includes(origin)) return []
  const message = `no origin \`${origin}\` of ${unit.name}`
  return [errorAt('P0310', placeOfValue(at), message, { help: `write ${known.join(' or ')}` })]
}

function checkUpgrade({ value, at }: Defined<RouteBlock>): Problem[] {
  if (value.upgrade === undefined || Object.hasOwn(value.callers, 'GET')) return []
  const message = 'an upgrade starts with a GET, and no caller may GET this route'
  return [errorAt('P0303', placeOfValue(follow(at, 'upgrade')), message, { help: 'add GET to `callers`' })]
}
