/** Bearer tokens (RFC 6750) in the Authorization header; nowhere else (threat T15). */
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { fail, ok, type Result } from '../base/result.ts'
import type { Millis } from '../base/time.ts'
import { schemeParameter } from './basic.ts'
import type { TokenConfig } from './config.ts'

/** The issuer's keys. A port: remote sets are fetched and cached in `platform/`. */
export type KeySource = (issuer: TokenConfig) => JWTVerifyGetKey

/** Shorter texts are no tokens and cause no look-up (threat T12); longer ones are not parsed. */
const MIN_TOKEN_CHARACTERS = 16
const MAX_TOKEN_CHARACTERS = 16 * 1024

/** `b64token` of RFC 6750 section 2.1. */
const B64TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/

/** Header parameters by which a token would bring its own key (RFC 8725 section 3.10, threat T7). */
const KEY_BEARING_HEADERS = ['jwk', 'jku', 'x5u', 'x5c'] as const

/** Types an access token may declare: RFC 9068 section 4, and the plain `JWT` most issuers still write. */
const TOKEN_TYPES = [undefined, 'jwt', 'at+jwt', 'application/at+jwt']

/** Reads the token out of an Authorization header; undefined for everything that is not one well-formed Bearer. */
export function parseBearer(header: string): string | undefined {
  const token = schemeParameter(header, 'bearer')
  if (token === undefined || token.length < MIN_TOKEN_CHARACTERS || token.length > MAX_TOKEN_CHARACTERS)
    return undefined
  return B64TOKEN.test(token) ? token : undefined
}

/**
 * Verifies a JWT: signature with a key of the issuer's, algorithm as configured, `iss`, `aud` and `exp` present and right.
 *
 * @returns the claims, or a short reason for the decision log. No text of the token is in it.
 */
export async function verifyJwt(
  token: string,
  issuer: TokenConfig,
  keys: KeySource,
  now: Millis,
): Promise<Result<JWTPayload, string>> {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keys(issuer), {
      issuer: issuer.issuer,
      audience: [...issuer.audience],
      algorithms: [...issuer.algorithms],
      clockTolerance: issuer.clockSkew / 1000,
      currentDate: new Date(now),
      requiredClaims: ['iss', 'aud', 'exp'],
    })
    if (KEY_BEARING_HEADERS.some((name) => protectedHeader[name] !== undefined))
      return fail('token brings its own key')
    if (!TOKEN_TYPES.includes(protectedHeader.typ?.toLowerCase())) return fail('token is of another type')
    return ok(payload)
  } catch (error) {
    if (error instanceof errors.JOSEError) return fail(error.code)
    return fail('keys of the issuer are out of reach')
  }
}

/** Scopes of a token: `scope` as text (RFC 9068 section 2.2.3), or the `scp` list that Cloudentity writes (seed). */
export function scopesOf(claims: JWTPayload): readonly string[] {
  const value = claims['scope'] ?? claims['scp']
  if (typeof value === 'string') return value.split(' ').filter((scope) => scope !== '')
  return Array.isArray(value) ? value.filter((scope) => typeof scope === 'string') : []
}
