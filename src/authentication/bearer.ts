/** Bearer tokens (RFC 6750) in the Authorization header, nowhere else (threat T15), and those of them that are JWTs. */
import { compactVerify } from 'jose'
import { ok, type Result } from '../base/result.ts'
import type { Millis } from '../base/time.ts'
import { schemeParameter } from './basic.ts'
import { factsOfClaims, notUsable, type TokenFacts } from './claims.ts'
import type { KeysConfig, TokenConfig } from './config.ts'
import { parseJwt } from './jwt.ts'
import type { KeyFinder, VerificationKey } from './keys.ts'
import { invalid, type TokenRefusal } from './refusal.ts'

/** Shorter texts are no tokens and cause no look-up (threat T12); longer ones are not parsed. */
const MIN_TOKEN_CHARACTERS = 16
const MAX_TOKEN_CHARACTERS = 16 * 1024

/** `b64token` of RFC 6750 section 2.1. */
const B64TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/

/** Reads the token out of an Authorization header; undefined for everything that is not one well-formed Bearer. */
export function parseBearer(header: string): string | undefined {
  const token = schemeParameter(header, 'bearer')
  if (token === undefined || token.length < MIN_TOKEN_CHARACTERS || token.length > MAX_TOKEN_CHARACTERS)
    return undefined
  return B64TOKEN.test(token) ? token : undefined
}

/**
 * Verifies a JWT. The signature comes last: a token that could not be accepted anyway causes no look-up of a key.
 *
 * @param keys - of the issuer
 * @returns what the token says. Its certificate is not compared here: that is done at each use.
 */
export async function verifyJwt(
  token: string,
  issuer: TokenConfig & { readonly keys: KeysConfig },
  keys: KeyFinder,
  now: Millis,
): Promise<Result<TokenFacts, TokenRefusal>> {
  const parsed = parseJwt(token, issuer)
  if (!parsed.ok) return invalid(parsed.error)
  const { alg, kid, claims } = parsed.value
  const facts = factsOfClaims(claims, issuer)
  if (!facts.ok) return invalid(facts.error)
  const late = notUsable({ ...facts.value, boundTo: undefined }, issuer.clockSkew, now, undefined)
  if (late !== undefined) return invalid(late)
  const key = await keys(issuer.keys, { alg, kid }, now)
  if (!key.ok) return key
  return (await isSigned(token, key.value, alg)) ? ok(facts.value) : invalid('the signature is wrong')
}

async function isSigned(token: string, key: VerificationKey, alg: string): Promise<boolean> {
  try {
    await compactVerify(token, key, { algorithms: [alg] })
    return true
  } catch {
    return false
  }
}
