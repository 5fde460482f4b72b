/** What the peer is told: the clients, routes and limits that the gateway's policy has. */
import type { CompiledPolicy } from '../../src/policy/model.ts'
import type { RouteConfig } from '../../src/routing/config.ts'
import type { Caller } from '../callers.ts'
import { AUDIENCE, ISSUER, type PublicKey } from '../issuer.ts'

export type PeerRoute = {
  /** As Hono writes it. */
  readonly path: string
  readonly auth: 'basic' | 'token'
  /** One of them is enough. */
  readonly features: readonly string[]
  readonly scopes: readonly string[]
  readonly limit: string
}

export type PeerSettings = {
  readonly clients: readonly (Caller & { readonly features: readonly string[] })[]
  readonly routes: readonly PeerRoute[]
  /** Hono's limiter has no bucket. The same burst in windows so long that the rate is the same. */
  readonly limits: readonly { readonly name: string; readonly windowMs: number; readonly limit: number }[]
  readonly issuer: { readonly name: string; readonly audience: string; readonly key: PublicKey }
}

/**
 * @param known - the clients as they were before the policy was compiled; the peer's matcher takes networks as text
 * @returns the routes that may be read with an id and a secret or with a token of the issuer
 */
export function peerSettings(policy: CompiledPolicy, known: readonly Caller[], key: PublicKey): PeerSettings {
  const features = new Map(policy.clients.map((client) => [client.clientId, client.features]))
  return {
    clients: known.map((caller) => ({ ...caller, features: features.get(caller.id) ?? [] })),
    routes: policy.routes.flatMap(peerRoutes),
    limits: policy.rateGroups.map(({ name, period, rate, burst }) => ({
      name,
      windowMs: Math.ceil((period * burst) / rate),
      limit: burst,
    })),
    issuer: { name: ISSUER, audience: AUDIENCE, key },
  }
}

function peerRoutes({ auth, callers, paths, rateGroup, token }: RouteConfig): PeerRoute[] {
  const { GET: readers } = callers
  const takesToken = auth === 'token' && token !== 'upstream'
  if (readers?.kind !== 'any_of' || !(auth === 'basic' || takesToken)) return []
  const { features, scopes } = readers
  return paths.map((path) => ({
    path: path.replaceAll(/\{(\w+)\}/g, ':$1').replace('**', '*'),
    auth: takesToken ? 'token' : 'basic',
    features,
    scopes,
    limit: rateGroup,
  }))
}
