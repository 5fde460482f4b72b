/** The step that finds out who is calling, by the kind of authentication the route declares. */
import { type Awaitable, fail, ok, type Result, whenReady } from '../base/result.ts'
import type { Millis } from '../base/time.ts'
import type { ClientConfig } from '../clients/config.ts'
import type { ClientRegistry } from '../clients/registry.ts'
import type { Denial } from '../decision/denial.ts'
import type { Facts } from '../decision/facts.ts'
import type { Stage } from '../decision/stage.ts'
import type { AuthKind, ClientRoute } from '../routing/config.ts'
import { parseBasic } from './basic.ts'
import { parseBearer } from './bearer.ts'
import { type BasicAt, type BasicPorts, basicCheck } from './by-basic.ts'
import type { TokenFacts } from './claims.ts'
import { byClient, type ClientPorts } from './client.ts'
import type { CredentialPlace, TokenConfig } from './config.ts'
import { MAX_BODY_BYTES, type Places, readParameters } from './parameters.ts'
import type { Principal } from './principal.ts'
import type { TokenRefusal } from './refusal.ts'
import { type TokenCheck, type TokenPorts, tokenCheck } from './token-check.ts'

/** What the step must be able to ask. */
export type AuthenticationPorts = TokenPorts & ClientPorts & BasicPorts

type UpstreamSlice = {
  readonly credentials: readonly CredentialPlace[]
  readonly disabledClientTokens: 'refuse' | 'until_expiry'
}

type RouteSlice = {
  readonly upstream: number
  readonly auth: AuthKind
  readonly client?: ClientRoute
  readonly parameters?: 'refuse'
  readonly bodyLimit?: number
  readonly token?: string
}

type At = { readonly facts: Facts; readonly route: RouteSlice }
type Outcome = Result<{ readonly principal: Principal }, Denial>

const anyone: Outcome = ok({ principal: { client: undefined, scopes: [], by: 'none' } })
const missing: Outcome = fail({ reason: 'credentials_missing' })
const ambiguous: Outcome = fail({ reason: 'credentials_ambiguous' })
const invalid = (why: string): Outcome => fail({ reason: 'credentials_invalid', why })

/**
 * @param upstreams - of the compiled policy, in its order
 * @param issuers - of the compiled policy
 */
export function authentication(
  upstreams: readonly UpstreamSlice[],
  issuers: readonly TokenConfig[],
  ports: AuthenticationPorts,
): Stage<At, { readonly principal: Principal }> {
  const issuerByName = new Map(issuers.map((issuer) => [issuer.name, issuer]))
  const checkToken = tokenCheck(ports)
  const byBasic = basicCheck(ports)
  return {
    name: 'credentials',
    run: ({ facts, route }) => {
      const upstream = upstreams[route.upstream]
      if (upstream === undefined) return invalid('the route has no upstream')
      switch (route.auth) {
        case 'none':
          return anyone
        case 'basic':
          return byBasic(basicAt(facts, route, upstream))
        case 'client_id':
          return byClientId(facts, route, ports)
        case 'client':
          if (route.client === undefined) return invalid('the route takes no client')
          return byClient(
            { facts, upstream: route.upstream, route: route.client, limit: limitOf(route) },
            ports,
          )
        case 'token':
          return byToken(facts, route, upstream, issuerByName, checkToken, ports)
      }
    },
  }
}

const limitOf = ({ bodyLimit }: RouteSlice): number => bodyLimit ?? MAX_BODY_BYTES

const basicAt = (facts: Facts, route: RouteSlice, { credentials }: UpstreamSlice): BasicAt => ({
  facts,
  upstream: route.upstream,
  places: credentials,
  refusesOthers: route.parameters === 'refuse',
  limit: limitOf(route),
})

const QUERY_AND_FORM: Places = { query: true, kinds: ['form'] }

/** An id without a secret. A Basic header of another client beside it would leave open which of the two is meant. */
async function byClientId(facts: Facts, route: RouteSlice, ports: AuthenticationPorts): Promise<Outcome> {
  const parameters = await readParameters(facts, QUERY_AND_FORM, limitOf(route))
  if (!parameters.ok) return parameters
  const { clientIds } = parameters.value
  const [clientId] = clientIds
  const header = facts.authorization === undefined ? undefined : parseBasic(facts.authorization)
  if (clientIds.length > 1 || (header && clientId && header.clientId !== clientId)) return ambiguous
  if (!clientId) return missing
  const client = await ports.registry.find(route.upstream, clientId)
  return client === undefined
    ? invalid('unknown client id')
    : enabled(client, { client, scopes: [], by: 'client_id' })
}

const enabled = (client: ClientConfig, principal: Principal): Outcome =>
  client.enabled ? ok({ principal }) : fail({ reason: 'client_disabled', client: client.name })

function byToken(
  facts: Facts,
  route: RouteSlice,
  upstream: UpstreamSlice,
  issuers: ReadonlyMap<string, TokenConfig>,
  check: TokenCheck,
  ports: AuthenticationPorts,
): Awaitable<Outcome> {
  if (facts.authorization === undefined) return missing
  const token = parseBearer(facts.authorization)
  if (token === undefined) return invalid('not a Bearer header')
  if (route.token === 'upstream') return ok({ principal: { client: undefined, scopes: [], by: 'token' } })
  const issuer = issuers.get(route.token ?? '')
  if (issuer === undefined) return invalid('the route has no issuer')
  return whenReady(check(token, issuer, facts), (checked) =>
    checked.ok ? holder(checked.value, issuer, route, upstream, ports.registry) : tokenRefused(checked.error),
  )
}

/** Whose token it is, asked at every use: the client may have changed since the token was first seen (threat T3). */
function holder(
  { clientId, scopes }: TokenFacts,
  issuer: TokenConfig,
  route: RouteSlice,
  upstream: UpstreamSlice,
  registry: ClientRegistry,
): Awaitable<Outcome> {
  if (issuer.clientIdClaim === undefined) return ok({ principal: { client: undefined, scopes, by: 'token' } })
  const found = clientId === undefined ? undefined : registry.find(route.upstream, clientId)
  return whenReady(found, (client): Outcome => {
    if (client === undefined) return invalid('the token names no client of this upstream')
    const principal: Principal = { client, scopes, by: 'token' }
    return upstream.disabledClientTokens === 'until_expiry' ? ok({ principal }) : enabled(client, principal)
  })
}

/** Long enough for an issuer to be asked again (`RETRY_INTERVAL` in remote-keys.ts). */
const ISSUER_RETRY: Millis = 5_000

const tokenRefused = ({ kind, why }: TokenRefusal): Outcome =>
  kind === 'invalid' ? invalid(why) : fail({ reason: 'issuer_unavailable', why, retryMs: ISSUER_RETRY })
