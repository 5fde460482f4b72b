/**
 * The form of a JWT (RFC 7515, RFC 7519), judged before any key is looked up. What is refused here costs no
 * network and no cryptography, and no parameter of the header gets to choose how it is verified (RFC 8725 section 3).
 */
import { base64url } from 'jose'
import { fail, ok, type Result } from '../base/result.ts'
import type { TokenConfig } from './config.ts'

export type JsonObject = Readonly<Record<string, unknown>>

/** Well formed, and nothing more: nobody knows yet who wrote it. */
export type ParsedJwt = {
  readonly alg: string
  readonly kid: string | undefined
  readonly claims: JsonObject
}

/**
 * Whether a token is a JWT or wants to be taken for one. It is then never asked about at an introspection endpoint.
 *
 * Two dots make a signed JWT and four an encrypted one; one that was cut still begins with a header. The letters `ey`
 * alone say nothing: one of 4,096 random texts begins with them.
 */
export function looksLikeJwt(token: string): boolean {
  const [head = '', ...others] = token.split('.')
  const parts = 1 + others.length
  if (parts === SIGNED_PARTS || parts === ENCRYPTED_PARTS) return true
  return others.length > 0 && objectIn(head) !== undefined
}

/** @returns header and claims, or the sentence for the log */
export function parseJwt(
  token: string,
  issuer: Pick<TokenConfig, 'algorithms' | 'type'>,
): Result<ParsedJwt, string> {
  const parts = token.split('.')
  if (parts.length === ENCRYPTED_PARTS) return fail('the token is encrypted')
  const [head = '', body = '', signature = ''] = parts
  if (parts.length !== SIGNED_PARTS || !BASE64URL.test(signature)) return fail('not a JWT')
  const header = objectIn(head)
  const claims = objectIn(body)
  if (header === undefined) return fail('not a JWT')
  const why = refusedHeader(header, issuer)
  if (why !== undefined) return fail(why)
  if (claims === undefined) return fail('the claims are no JSON object')
  const { alg, kid } = header
  return ok({ alg: String(alg), kid: typeof kid === 'string' ? kid : undefined, claims })
}

const SIGNED_PARTS = 3
const ENCRYPTED_PARTS = 5

/** RFC 7515 section 2: no padding, no blanks, no line breaks. */
const BASE64URL = /^[A-Za-z0-9_-]+$/

const MAX_KID_CHARACTERS = 256

/** Parameters by which a token would bring its own key, or an address of it (RFC 8725 section 3.10, threat T7). */
const KEY_BEARING = ['jwk', 'jku', 'x5u', 'x5c']

/** `crit` and `b64` change how the rest is read (RFC 7515 section 4.1.11, RFC 7797). */
const MEANING_CHANGING = ['crit', 'b64']

/** RFC 7516: parameters of an encrypted or compressed token. */
const ENCRYPTING = ['enc', 'zip']

/** Access tokens are `at+jwt` (RFC 9068 section 2.1) or, at most issuers, plain `JWT` or without a type. */
const DECLARED = ['at+jwt', 'application/at+jwt']
const UNDECLARED = [undefined, 'jwt', 'application/jwt']

function refusedHeader(
  header: JsonObject,
  { algorithms, type }: Pick<TokenConfig, 'algorithms' | 'type'>,
): string | undefined {
  const { alg, kid, cty, typ } = header
  const has = (name: string) => Object.hasOwn(header, name)
  if (KEY_BEARING.some(has)) return 'the token brings its own key'
  if (MEANING_CHANGING.some(has)) return 'the header has critical parameters'
  if (ENCRYPTING.some(has)) return 'the token is encrypted'
  // RFC 7519 section 5.2: present only where another JWT is inside.
  if (cty !== undefined) return 'the token holds another token'
  if (typeof alg !== 'string' || !algorithms.includes(alg)) return 'the algorithm is not one of the issuer'
  if (kid !== undefined && !(typeof kid === 'string' && kid.length <= MAX_KID_CHARACTERS))
    return 'the key id is not a short text'
  if (typ !== undefined && typeof typ !== 'string') return 'not of the type of an access token'
  const kind = typ?.toLowerCase()
  const accepted = DECLARED.includes(kind ?? '') || (type === undefined && UNDECLARED.includes(kind))
  return accepted ? undefined : 'not of the type of an access token'
}

function objectIn(part: string): JsonObject | undefined {
  if (!BASE64URL.test(part)) return undefined
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(base64url.decode(part))
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
