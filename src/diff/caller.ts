/** Who may stand behind a request: nobody, the bearer of a token, or an API client; in either policy's way. */
import type { ClientConfig } from '../clients/config.ts'
import type { RouteConfig } from '../routing/config.ts'
import type { Sent } from '../testing/credentials.ts'
import type { Identity } from './identities.ts'
import type { Meeting } from './meetings.ts'
import type { Call, Side } from './side.ts'
import { callersOf } from './side.ts'

/** How a report names a caller. Two requests with one text are sent by the same caller in the same way. */
export type CallerName = {
  /** Name of the client; undefined for nobody and for tokens without a client. */
  readonly client: string | undefined
  /** The issuer of a token without a client, or `upstream`. */
  readonly token: string | undefined
  readonly scope: string | undefined
  /** Where the two policies ask for different credentials: which are sent. `basic`, `form as before`. */
  readonly by: string | undefined
  /** Where a client of one name has another id in the other policy: which one is sent. */
  readonly clientId: string | undefined
}

/** The request's sender: whom the credentials name, and a maker of them (a signed assertion counts only once). */
export type Caller = {
  readonly name: CallerName
  readonly identity: Identity
  /** Equal for callers that are decided on alike where their addresses are judged alike. */
  readonly kind: string
  readonly send: () => Promise<Sent>
}

/**
 * Callers in the way of the one policy and in that of the other, each once where these are the same.
 *
 * @param meeting - with the routes that take the call
 * @param identities - clients of the upstreams of the two routes
 */
export function callersAt(
  meeting: Meeting,
  call: Call,
  identities: readonly Identity[],
  { a, b }: { readonly a: Side; readonly b: Side },
): readonly Caller[] {
  const ways: readonly Way[] = [
    ...(meeting.a === undefined ? [] : [{ side: a, route: meeting.a, which: 'a' as const }]),
    ...(meeting.b === undefined ? [] : [{ side: b, route: meeting.b, which: 'b' as const }]),
  ]
  const scopes = scopesAt(
    ways.map(({ route }) => route),
    call,
  )
  const found = ways.flatMap((way) => [
    ...bearers(way, scopes),
    ...identities.flatMap((identity) => clients(identity, way, scopes)),
  ])
  return [nobody, ...toldApart(found)]
}

type Way = { readonly side: Side; readonly route: RouteConfig; readonly which: 'a' | 'b' }

/** A caller in one policy's way. `sent` is equal where the same is sent. */
type InWay = Caller & { readonly way: Way; readonly sent: string }

function toldApart(found: readonly InWay[]): readonly Caller[] {
  const byName = Map.groupBy(found, ({ name }) => JSON.stringify(name))
  return [...byName.values()].flatMap((same) => {
    const [first, second] = same
    if (first === undefined || second === undefined || first.sent === second.sent) return same.slice(0, 1)
    return same.map((each) => ({ ...each, name: { ...each.name, by: byText(each.way, first, second) } }))
  })
}

function byText({ route, which }: Way, first: InWay, second: InWay): string {
  const isKindEnough = first.way.route.auth !== second.way.route.auth
  return isKindEnough ? route.auth : `${route.auth} as ${which === 'a' ? 'before' : 'after'}`
}

const noName: CallerName = {
  client: undefined,
  token: undefined,
  scope: undefined,
  by: undefined,
  clientId: undefined,
}

const noClient: Identity = { a: undefined, b: undefined, isRenumbered: false }

const nobody: Caller = { name: noName, identity: noClient, kind: 'nobody', send: async () => ({}) }

/** One scope at a time: callers are any-of, so sets of scopes open nothing that one of them does not. */
function scopesAt(routes: readonly RouteConfig[], { method }: Call): readonly (string | undefined)[] {
  const scopes = routes
    .filter(({ auth }) => auth === 'token')
    .map((route) => callersOf(route, method))
    .flatMap((callers) => (callers?.kind === 'any_of' ? callers.scopes : []))
  return [undefined, ...new Set(scopes)]
}

function bearers(way: Way, scopes: readonly (string | undefined)[]): readonly InWay[] {
  const { side, route } = way
  const { token } = route
  if (route.auth !== 'token' || token === undefined) return []
  const sent = issuerText(way)
  return (token === 'upstream' ? [undefined] : scopes).map((scope) => ({
    name: { ...noName, token, scope },
    identity: noClient,
    kind: JSON.stringify(['token', token, sent, scope]),
    send: () => side.trial.credentials({ client: undefined, token, scopes: listed(scope) }, route),
    way,
    sent,
  }))
}

const listed = (scope: string | undefined): readonly string[] => (scope === undefined ? [] : [scope])

/** What of an issuer stands in its tokens. */
function issuerText({ side, route }: Way): string {
  const issuer = side.policy.tokens.find(({ name }) => name === route.token)
  return JSON.stringify([issuer?.issuer, issuer?.audience[0], issuer?.clientIdClaim])
}

function clients(identity: Identity, way: Way, scopes: readonly (string | undefined)[]): readonly InWay[] {
  const { side, route, which } = way
  const client = identity[which]
  const belongs = client?.upstreams.includes(route.upstream) === true
  // Where a route asks for no credentials, and where tokens name no client, a client is nobody in particular.
  if (client === undefined || !belongs || route.auth === 'none' || isAnonymous(side, route)) return []
  const clientId = identity.isRenumbered ? client.clientId : undefined
  const sent = sentText(client, way)
  return scopesOf(route, identity, scopes).map((scope) => ({
    name: { ...noName, client: client.name, scope, clientId },
    identity,
    kind: JSON.stringify([which, sent, scope, kindOf(identity.a), kindOf(identity.b)]),
    send: () =>
      side.trial.credentials(
        { client, token: undefined, scopes: scope === undefined ? undefined : [scope] },
        route,
      ),
    way,
    sent,
  }))
}

/** All that makes a difference to what a client sends, besides its id. */
function sentText(client: ClientConfig, way: Way): string {
  const { route, side } = way
  switch (route.auth) {
    case 'basic': {
      const places = side.policy.upstreams[route.upstream]?.credentials ?? []
      return `basic ${(['basic', 'form'] as const).find((place) => places.includes(place)) ?? 'query'}`
    }
    case 'client': {
      const { authentication, secrets, assertion, tls } = client
      const method = authentication ?? (secrets === 'none' ? 'none' : 'default')
      return JSON.stringify([
        method,
        assertion?.audience[0],
        tls,
        route.client?.credentialsIn[0],
        route.client?.tokenRequest,
      ])
    }
    case 'token':
      return issuerText(way)
    default:
      return route.auth
  }
}

function isAnonymous({ policy }: Side, { auth, token }: RouteConfig): boolean {
  if (auth !== 'token') return false
  return policy.tokens.find(({ name }) => name === token)?.clientIdClaim === undefined
}

/** A token request asks for scopes in its body, and they are held against the client's. */
function scopesOf(
  { auth, client }: RouteConfig,
  { a, b }: Identity,
  scopes: readonly (string | undefined)[],
): readonly (string | undefined)[] {
  if (auth === 'token') return scopes
  if (auth !== 'client' || client?.tokenRequest !== true) return [undefined]
  const custom = [...(a?.customScopes ?? []), ...(b?.customScopes ?? [])]
  return custom.length === 0 ? [undefined] : [undefined, ...new Set(custom), OTHER_SCOPE]
}

/** Stands for all scopes that no client lists. */
const OTHER_SCOPE = 'other~'

/** All of a client that a decision looks at, without its name, its id and its lists, which are judged apart. */
function kindOf(client: ClientConfig | undefined): string {
  if (client === undefined) return 'none'
  const { name, clientId, lists, secrets, ...rest } = client
  return JSON.stringify([rest, typeof secrets === 'string' ? secrets : 'hashes'])
}
