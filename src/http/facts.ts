/** From a live request to the facts the decision may know. Nothing else reads the request's URL or address headers. */
import { type IpAddress, isCallers, parseAddress } from '../base/address.ts'
import { fail, ok, type Result } from '../base/result.ts'
import type { Millis } from '../base/time.ts'
import type { Denial } from '../decision/denial.ts'
import type { ClientCertificate, Facts } from '../decision/facts.ts'
import type { RequestBody } from './body.ts'

/** `name[:port]` of RFC 9110 section 7.2, an IPv6 literal included. Anything else would be spliced into the URL. */
const HOST = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/

/**
 * @param now - of this request; the clock stands still between I/O
 * @returns the facts, or a `bad_request` when the Host header or the request target cannot be trusted to mean
 *   what they say: the runtime splices the Host into the URL unchecked
 */
export function factsOf(request: Request, body: RequestBody, now: Millis): Result<Facts, Denial> {
  const { headers } = request
  const sent = headers.get('host') ?? ''
  const host = hostName(sent)
  if (host === undefined) return fail({ reason: 'bad_request', why: 'the Host header is not name[:port]' })
  const target = targetOf(request.url, sent)
  if (target === undefined) return fail({ reason: 'bad_request', why: 'the request target is not a path' })
  const mark = target.indexOf('?')
  return ok({
    method: methodNames.get(request.method) ?? request.method,
    host,
    rawPath: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? '' : target.slice(mark + 1),
    address: callerAddress(headers),
    authorization: headers.get('authorization') ?? undefined,
    body: body.read,
    // The platform reads all of `cf` at the first look, and few routes need it.
    clientCertificate: () => clientCertificate(request.cf?.tlsClientAuth),
    upgrade: headers.get('upgrade')?.toLowerCase() ?? undefined,
    now,
  })
}

/** `request.url` is raw: scheme, the Host header as sent, and the target as sent. `new URL()` would tidy it. */
function targetOf(url: string, host: string): string | undefined {
  const authority = url.indexOf('://') + 3
  const path = authority + host.length
  const sameHost =
    url.startsWith(host, authority) || url.slice(authority, path).toLowerCase() === host.toLowerCase()
  return sameHost && url[path] === '/' ? url.slice(path) : undefined
}

/** The runtime makes a new text of each request's method; tables are looked up faster by one that is always the same. */
const methodNames = new Map(
  ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((name) => [name, name]),
)

/** Most Host headers whose name is kept: callers choose them. */
const MOST_HOSTS = 100

const hostNames = new Map<string, string>()

/** @returns the name in lower case and without port; undefined for what is not name[:port] */
function hostName(host: string): string | undefined {
  const known = hostNames.get(host)
  if (known !== undefined) return known
  if (!HOST.test(host)) return undefined
  const name = host.replace(/:[0-9]*$/, '').toLowerCase()
  if (hostNames.size < MOST_HOSTS) hostNames.set(host, name)
  return name
}

/**
 * The one address the platform vouches for. Absent, doubled (joined with a comma) or unreadable: none (threats A3 to A5).
 * A Worker of another zone may set the header itself, so its requests have no address (threat A11).
 */
function callerAddress(headers: Headers): IpAddress | undefined {
  const sent = headers.get('cf-connecting-ip')
  if (sent === null || headers.has('cf-worker')) return undefined
  const address = parseAddress(sent)
  return address.ok && isCallers(address.value) ? address.value : undefined
}

/**
 * The certificate as Cloudflare hands it over (`request.cf.tlsClientAuth`); its fields are empty texts where the
 * handshake had none. `SUCCESS` means issued by an authority of the zone and in force; revocation is told apart.
 */
function clientCertificate(sent: unknown): ClientCertificate | undefined {
  const field = (name: string): string => {
    const value = typeof sent === 'object' && sent !== null ? Reflect.get(sent, name) : undefined
    return typeof value === 'string' ? value : ''
  }
  if (field('certPresented') !== '1') return undefined
  return {
    verified: field('certVerified') === 'SUCCESS' && field('certRevoked') === '0',
    subjectDn: field('certSubjectDNRFC2253'),
    fingerprintSha256: field('certFingerprintSHA256').toLowerCase(),
  }
}
