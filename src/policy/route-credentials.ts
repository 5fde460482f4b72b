/** What a route says of the credentials it reads: `credentials_in`, `bearer`, `token_request`, `parameters`, `body_limit`. */
import type { ClientRoute, RouteConfig } from '../routing/config.ts'
import { follow, placeOfKey } from '../source/cursor.ts'
import { errorAt, type Problem } from '../source/problem.ts'
import type { Defined } from './definitions.ts'
import { sizeBytes } from './fields.ts'
import type { RouteBlock, UpstreamBlock } from './schema.ts'

/** @param upstream - whose lines count where the route has none */
export function readCredentials(
  route: RouteBlock,
  upstream: UpstreamBlock,
): Pick<RouteConfig, 'client' | 'parameters' | 'bodyLimit'> {
  const limit = route.body_limit
  return {
    ...(route.auth === 'client' && { client: clientRoute(route, upstream) }),
    ...(route.auth === 'basic' && refusesParameters(route, upstream) && { parameters: 'refuse' as const }),
    ...(limit !== undefined && { bodyLimit: sizeBytes(limit) }),
  }
}

const clientRoute = (route: RouteBlock, upstream: UpstreamBlock): ClientRoute => ({
  credentialsIn: [...new Set(route.credentials_in ?? upstream.credentials_in ?? (['form'] as const))],
  bearer: route.bearer ?? 'refuse',
  tokenRequest: route.token_request ?? false,
  excessScopes: upstream.excess_scopes ?? 'refuse',
})

/**
 * An upstream that gets the Authorization header checks credentials itself, and may prefer those in the parameters
 * (docs/decisions/0009-parameters-beside-basic.md).
 */
const refusesParameters = (route: RouteBlock, { parameters, authorization }: UpstreamBlock): boolean =>
  (route.parameters ?? parameters ?? (authorization === 'forward' ? 'refuse' : 'ignore')) === 'refuse'

/** Which kinds of routes a line means something on. */
const meaningful = {
  credentials_in: ['client'],
  bearer: ['client'],
  token_request: ['client'],
  parameters: ['basic'],
  body_limit: ['basic', 'client_id', 'client'],
} as const satisfies Partial<Record<keyof RouteBlock, readonly RouteBlock['auth'][]>>

/** A line that changes nothing is one that somebody relies on. */
export function checkCredentials({ value, at }: Defined<RouteBlock>): Problem[] {
  return Object.entries(meaningful).flatMap(([field, kinds]) => {
    const line = at.node.kind === 'map' && at.node.entries.has(field)
    if (!line || kinds.some((kind) => kind === value.auth)) return []
    const where = kinds.map((kind) => `\`auth: ${kind}\``).join(', ')
    const message = `\`${field}\` is for ${where}, and this route has \`auth: ${value.auth}\``
    return [errorAt('P0317', placeOfKey(follow(at, field)), message, { help: 'delete the line' })]
  })
}
