/**
 * Header fields on their way through; what stops at the gateway is in `names.ts`. The platform copies a list as a whole
 * for a twentieth of what it takes to build one from pairs, so fields are taken out of a copy.
 */
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
  const headers = new Headers(incoming)
  removeStopped(headers, isGatewayOwned)
  if (identity.authorization === 'remove') headers.delete('authorization')
  headers.set('x-request-id', identity.requestId)
  if (identity.client !== undefined) headers.set('x-sallyport-client', identity.client)
  if (identity.upgrade !== undefined) headers.set('upgrade', identity.upgrade)
  return headers
}

/**
 * Makes the header fields of an upstream's answer those of the answer to the caller. Several Set-Cookie lines stay
 * several.
 *
 * @param headers - a copy of those of the upstream's answer, which is changed
 * @param own - what the gateway says itself: request id, rate limits; wins over fields of the upstream
 * @returns names of the fields that the upstream sent, in lower case, those that were taken away with them
 */
export function toResponseHeaders(
  headers: Headers,
  own: Iterable<readonly [name: string, value: string]>,
): readonly string[] {
  const sent = removeStopped(headers, isInternal)
  for (const [name, value] of own) headers.set(name, value)
  return sent
}

/** To ask for a field that is not there takes the platform longer than to look for its name among all names. */
function removeStopped(headers: Headers, stops: (name: string) => boolean): readonly string[] {
  const sent = [...headers.keys()]
  const listed = sent.includes('connection') ? connectionOptions(headers) : none
  for (const name of sent) {
    if (stops(name) || (listed !== none && listed.has(foldedName(name)))) headers.delete(name)
  }
  return sent
}

/** Names that the Connection field lists (RFC 9110 section 7.6.1). */
function connectionOptions(headers: Headers): ReadonlySet<string> {
  const connection = headers.get('connection') ?? ''
  const options = new Set(connection.split(',').map((option) => foldedName(option.trim())))
  for (const name of notConnectionOptions) options.delete(name)
  return options
}

const none: ReadonlySet<string> = new Set()

/** Most names of each direction whose answer is kept: callers choose them. */
const MOST_NAMES = 1000

/** The same few names come with every request, so what was found of one is kept. */
function keeping(stops: (folded: string) => boolean): (name: string) => boolean {
  const found = new Map<string, boolean>()
  return (name) => {
    const known = found.get(name)
    if (known !== undefined) return known
    const answer = stops(foldedName(name))
    if (found.size < MOST_NAMES) found.set(name, answer)
    return answer
  }
}

const isGatewayOwned = keeping(
  (folded) =>
    hopByHop.has(folded) ||
    ownConnection.has(folded) ||
    identityNames.has(folded) ||
    overrideNames.has(folded) ||
    ownedPrefixes.some((prefix) => folded.startsWith(prefix)),
)

const isInternal = keeping(
  (folded) =>
    hopByHop.has(folded) ||
    responseNames.has(folded) ||
    responsePrefixes.some((prefix) => folded.startsWith(prefix)),
)
