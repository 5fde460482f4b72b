/** Header fields on their way through: what stops at the gateway is in `names.ts`; each list is built once. */
import type { ForwardConfig } from './config.ts'
import {
  foldedName,
  hopByHop,
  identityNames,
  notConnectionOptions,
  overrideNames,
  ownConnection,
  ownedPrefixes,
  responseNames,
  responsePrefixes,
} from './names.ts'

/** What the gateway tells the upstream of a request, and what it keeps from it. */
export type RequestIdentity = {
  readonly requestId: string
  /** Name of the API client in the policy; undefined where nobody had to say who they are. */
  readonly client: string | undefined
  readonly authorization: ForwardConfig['authorization']
  /** The route's own; anything else was refused before. */
  readonly upgrade: 'websocket' | undefined
}

/**
 * The header fields of the request to the upstream. What the gateway owns is taken away in every spelling and set
 * afterwards, so neither a field of the caller nor its Connection field has a say in it (threats H1, H3).
 */
export function requestHeaders(incoming: Headers, identity: RequestIdentity): Headers {
  const options = connectionOptions(incoming)
  const headers = new Headers()
  for (const [name, value] of incoming) {
    const folded = foldedName(name)
    if (options.has(folded) || isGatewayOwned(folded)) continue
    if (folded === 'authorization' && identity.authorization === 'remove') continue
    headers.append(name, value)
  }
  headers.set('x-request-id', identity.requestId)
  if (identity.client !== undefined) headers.set('x-sallyport-client', identity.client)
  if (identity.upgrade !== undefined) headers.set('upgrade', identity.upgrade)
  return headers
}

/**
 * The header fields of the answer to the caller. Several Set-Cookie lines stay several.
 *
 * @param own - what the gateway says itself: request id, rate limits; wins over fields of the upstream
 */
export function responseHeaders(
  incoming: Headers,
  own: Iterable<readonly [name: string, value: string]>,
): Headers {
  const options = connectionOptions(incoming)
  const headers = new Headers()
  for (const [name, value] of incoming) {
    const folded = foldedName(name)
    if (!options.has(folded) && !isInternal(folded)) headers.append(name, value)
  }
  for (const [name, value] of own) headers.set(name, value)
  return headers
}

/** Names that the Connection field lists (RFC 9110 section 7.6.1). Most requests have none: no set is made then. */
function connectionOptions(incoming: Headers): ReadonlySet<string> {
  const connection = incoming.get('connection')
  if (connection === null) return none
  const options = new Set(connection.split(',').map((option) => foldedName(option.trim())))
  for (const name of notConnectionOptions) options.delete(name)
  return options
}

const none: ReadonlySet<string> = new Set()

const isGatewayOwned = (folded: string): boolean =>
  hopByHop.has(folded) ||
  ownConnection.has(folded) ||
  identityNames.has(folded) ||
  overrideNames.has(folded) ||
  ownedPrefixes.some((prefix) => folded.startsWith(prefix))

const isInternal = (folded: string): boolean =>
  hopByHop.has(folded) ||
  responseNames.has(folded) ||
  responsePrefixes.some((prefix) => folded.startsWith(prefix))
