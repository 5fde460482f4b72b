/** What a token says: the claims of a JWT (RFC 7519 section 4) or an introspection answer (RFC 7662 section 2.2). */
import { base64url } from 'jose'
import { fail, ok, type Result } from '../base/result.ts'
import type { Millis } from '../base/time.ts'
import type { ClientCertificate } from '../decision/facts.ts'
import type { TokenConfig } from './config.ts'
import { isObject, type JsonObject } from './jwt.ts'

/**
 * What is known of a token that its issuer vouches for. These are facts and never a decision (threats T1, T4):
 * dates, certificate, client and rights are looked at again at every use.
 */
export type TokenFacts = {
  /** Undefined where the policy names no claim for it, or the token has none. */
  readonly clientId: string | undefined
  readonly scopes: readonly string[]
  /** Undefined only where an introspection answer gives none. */
  readonly expires: Millis | undefined
  readonly notBefore: Millis | undefined
  /** Thumbprint of the client certificate that it is bound to (RFC 8705 section 3). */
  readonly boundTo: string | undefined
}

type Issuer = Pick<TokenConfig, 'issuer' | 'audience' | 'clientIdClaim'>

/** Claims that only other kinds of JWT have: ID tokens (OpenID Connect Core 3.1.3.6), events (RFC 8417), DPoP proofs. */
const OF_OTHER_KINDS = ['nonce', 'at_hash', 'c_hash', 's_hash', 'events', 'htm', 'htu']

/** @returns the facts of a JWT whose `iss`, `aud` and `exp` are there and right, or the sentence for the log */
export function factsOfClaims(claims: JsonObject, issuer: Issuer): Result<TokenFacts, string> {
  if (OF_OTHER_KINDS.some((name) => Object.hasOwn(claims, name))) return fail('not an access token')
  if (claims['iss'] !== issuer.issuer) return fail('another issuer')
  if (!namesAudience(claims['aud'], issuer.audience)) return fail('another audience')
  if (claims['exp'] === undefined) return fail('without an end date')
  return factsIn(claims, claims[issuer.clientIdClaim ?? ''])
}

/**
 * An answer need not repeat what the issuer has checked; what it does say must be right. Where the policy names a
 * claim for the client and the answer has none, it is the `client_id` of RFC 7662.
 */
export function factsOfAnswer(answer: JsonObject, issuer: Issuer): Result<TokenFacts, string> {
  const { iss, aud, token_type: type, token_use: use } = answer
  if (iss !== undefined && iss !== issuer.issuer) return fail('another issuer')
  if (aud !== undefined && !namesAudience(aud, issuer.audience)) return fail('another audience')
  if (!ACCESS_TOKEN_TYPES.includes(lower(type)) || !ACCESS_TOKEN_USES.includes(use))
    return fail('not an access token')
  const { clientIdClaim } = issuer
  return factsIn(answer, clientIdClaim && (answer[clientIdClaim] ?? answer['client_id']))
}

/** Some servers answer for refresh tokens too, and say so in one of these. */
const ACCESS_TOKEN_TYPES: readonly unknown[] = [undefined, 'bearer', 'access_token']
const ACCESS_TOKEN_USES: readonly unknown[] = [undefined, 'access_token']

const lower = (value: unknown): unknown => (typeof value === 'string' ? value.toLowerCase() : value)

/**
 * Whether the token may be used now and by whoever sends it, remembered or not.
 *
 * @returns the sentence for the log, or undefined when it may
 */
export function notUsable(
  { expires, notBefore, boundTo }: TokenFacts,
  clockSkew: Millis,
  now: Millis,
  certificate: ClientCertificate | undefined,
): string | undefined {
  if (expires !== undefined && now >= expires + clockSkew) return 'expired'
  if (notBefore !== undefined && now < notBefore - clockSkew) return 'not valid yet'
  if (boundTo === undefined) return undefined
  if (certificate === undefined) return 'bound to a client certificate, and none was presented'
  const same = certificate.verified && thumbprintOf(certificate) === boundTo
  return same ? undefined : 'bound to another client certificate'
}

/** The fingerprint as `x5t#S256` carries it: base64url of the bytes (RFC 8705 section 3.1). */
const thumbprintOf = ({ fingerprintSha256 }: ClientCertificate): string =>
  base64url.encode(
    Uint8Array.from(fingerprintSha256.match(/[0-9a-f]{2}/g) ?? [], (pair) => Number.parseInt(pair, 16)),
  )

/** Scopes: `scope` as text (RFC 9068 section 2.2.3), or the `scp` list that Cloudentity writes (seed: Cloudentity). */
export function scopesOf(claims: JsonObject): readonly string[] {
  const value = claims['scope'] ?? claims['scp']
  if (typeof value === 'string') return value.split(' ').filter((scope) => scope !== '')
  return Array.isArray(value) ? value.filter((scope) => typeof scope === 'string') : []
}

function factsIn(claims: JsonObject, clientId: unknown): Result<TokenFacts, string> {
  const [expires, notBefore, issuedAt] = ['exp', 'nbf', 'iat'].map((name) => instantOf(claims[name]))
  if (expires === MALFORMED || notBefore === MALFORMED || issuedAt === MALFORMED)
    return fail('a date is not a number of seconds')
  const bound = boundTo(claims['cnf'])
  if (!bound.ok) return bound
  // A token of the future was not issued yet, whatever it says of its beginning.
  const begins = Math.max(notBefore ?? 0, issuedAt ?? 0)
  return ok({
    clientId: typeof clientId === 'string' && clientId !== '' ? clientId : undefined,
    scopes: scopesOf(claims),
    expires,
    notBefore: begins === 0 ? undefined : begins,
    boundTo: bound.value,
  })
}

const namesAudience = (aud: unknown, accepted: readonly string[]): boolean =>
  Array.isArray(aud) ? aud.some((each) => accepted.includes(each)) : accepted.some((each) => each === aud)

const MALFORMED = 'malformed'

/** The end of the year 9999. A larger number is not a date, or one in milliseconds. */
const LAST_SECOND = 253_402_300_799

/** NumericDate of RFC 7519 section 2, which may have a fraction. */
function instantOf(value: unknown): Millis | undefined | typeof MALFORMED {
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !(value > 0 && value <= LAST_SECOND)) return MALFORMED
  return Math.floor(value * 1000)
}

/** A SHA-256 in base64url. */
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/

/** `cnf` (RFC 7800). A binding that cannot be checked here is not ignored. */
function boundTo(cnf: unknown): Result<string | undefined, string> {
  if (cnf === undefined) return ok(undefined)
  if (!isObject(cnf)) return fail('bound to a key that cannot be checked')
  if (Object.hasOwn(cnf, 'jkt')) return fail('bound to a DPoP key, and sent without a proof')
  const [method, ...others] = Object.keys(cnf)
  const thumbprint = cnf['x5t#S256']
  if (method !== 'x5t#S256' || others.length > 0 || typeof thumbprint !== 'string')
    return fail('bound to a key that cannot be checked')
  return THUMBPRINT.test(thumbprint) ? ok(thumbprint) : fail('bound to a key that cannot be checked')
}
