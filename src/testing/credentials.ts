/** How a test's caller is put on the wire, by the kind of authentication of the route it calls. */
import type { CredentialPlace, TokenConfig } from '../authentication/config.ts'
import type { BodyText, ClientCertificate } from '../decision/facts.ts'
import type { CompiledPolicy } from '../policy/model.ts'
import type { RouteConfig } from '../routing/config.ts'
import { basicHeader, TEST_SECRET } from './basic-header.ts'
import { clientCredentials, type ProvenClient } from './client-credentials.ts'
import { OPAQUE_TOKEN, type TokenMaker } from './tokens.ts'

export type Who = {
  readonly client: ProvenClient | undefined
  /** Name under `tokens:`, or `upstream`. */
  readonly token: string | undefined
  readonly scopes: readonly string[] | undefined
}

/** What is added to the request. */
export type Sent = {
  readonly authorization?: string
  readonly query?: string
  readonly body?: BodyText
  readonly certificate?: ClientCertificate
}

/**
 * @param route - the one that the request meets; undefined where it meets none, and then nothing is sent
 * @returns the credentials, in the place where the route looks for them
 */
export async function credentialsOf(
  who: Who,
  route: RouteConfig | undefined,
  policy: CompiledPolicy,
  tokens: TokenMaker,
): Promise<Sent> {
  const sentToken = await bearer(tokenNameOf(who, route, policy), who, policy, tokens)
  switch (route?.auth) {
    case undefined:
    case 'none':
      return {}
    case 'basic': {
      const places = policy.upstreams[route.upstream]?.credentials ?? []
      return who.client === undefined ? sentToken : withSecret(who.client.clientId, places)
    }
    case 'client_id':
      return who.client === undefined
        ? sentToken
        : { ...sentToken, query: parameters({ client_id: who.client.clientId }) }
    case 'client':
      if (route.client === undefined) return {}
      return { ...sentToken, ...(await clientCredentials(who.client, who.scopes, route.client, tokens)) }
    case 'token':
      return who.client === undefined || sentToken.authorization !== undefined
        ? sentToken
        : withSecret(who.client.clientId, ['basic'])
  }
}

/**
 * The token of a test that names none: the route's own, for a client or for scopes that it can carry. Where tokens
 * name no client, a client alone has only its id and secret to send.
 */
function tokenNameOf(who: Who, route: RouteConfig | undefined, policy: CompiledPolicy): string | undefined {
  if (who.token !== undefined || route?.auth !== 'token') return who.token
  if (route.token === 'upstream') return who.client && 'upstream'
  const namesClients = issuerNamed(route.token, policy)?.clientIdClaim !== undefined
  return (who.client && namesClients) || who.scopes !== undefined ? route.token : undefined
}

const issuerNamed = (name: string | undefined, { tokens }: CompiledPolicy): TokenConfig | undefined =>
  tokens.find((issuer) => issuer.name === name)

async function bearer(
  name: string | undefined,
  { client, scopes }: Who,
  policy: CompiledPolicy,
  tokens: TokenMaker,
): Promise<Sent> {
  if (name === undefined) return {}
  const issuer = issuerNamed(name, policy)
  const token =
    issuer === undefined ? OPAQUE_TOKEN : await tokens.sign(issuer, { scopes, clientId: client?.clientId })
  return { authorization: `Bearer ${token}` }
}

/** In the header where the upstream reads it there, else in the first place that it does read. */
function withSecret(clientId: string, places: readonly CredentialPlace[]): Sent {
  const pair = parameters({ client_id: clientId, client_secret: TEST_SECRET })
  if (places.includes('basic')) return { authorization: basicHeader(clientId) }
  return places.includes('form') ? { body: { kind: 'form', text: pair, boundary: '' } } : { query: pair }
}

const parameters = (pairs: Record<string, string>): string => new URLSearchParams(pairs).toString()
