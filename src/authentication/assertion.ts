/** Client assertions: `private_key_jwt` (RFC 7523 section 2.2, OpenID Connect Core section 9). */
import { compactVerify, decodeJwt, decodeProtectedHeader } from 'jose'
import { fail, ok, type Result } from '../base/result.ts'
import type { Millis } from '../base/time.ts'
import type { AssertionConfig } from '../clients/config.ts'
import { type JsonObject, type ParsedJwt, parseJwt } from './jwt.ts'
import type { KeyFinder } from './keys.ts'
import { invalid, type TokenRefusal } from './refusal.ts'

/** Far above any assertion; a longer text is not parsed. */
const MAX_CHARACTERS = 16 * 1024
const MAX_JTI_CHARACTERS = 256

/** What is known of an assertion that its client signed. */
export type Verified = {
  /** Present where the assertion has one. */
  readonly jti: string | undefined
  /** From when on it is refused for its age, the skew included. */
  readonly until: Millis
}

/**
 * Whose assertion it says it is, so that the client can be looked up. Nothing of it is verified.
 *
 * @returns undefined for what is no signed JWT, or names two clients: `iss` and `sub` are the client's id
 */
export function claimedClient(assertion: string): string | undefined {
  if (assertion.length > MAX_CHARACTERS) return undefined
  try {
    const { iss, sub } = decodeJwt(assertion)
    return typeof sub === 'string' && sub !== '' && iss === sub ? sub : undefined
  } catch {
    return undefined
  }
}

/**
 * Verifies an assertion of a known client. The signature comes last: what could not be accepted anyway causes no
 * look-up of a key. Whether it was used before is not asked here.
 */
export async function verifyAssertion(
  assertion: string,
  config: AssertionConfig,
  keys: KeyFinder,
  now: Millis,
): Promise<Result<Verified, TokenRefusal>> {
  const parsed = parseJwt(assertion, config)
  if (!parsed.ok) return invalid(parsed.error)
  const { alg, kid } = parsed.value
  const facts = factsOf(assertion, parsed.value, config, now)
  if (!facts.ok) return invalid(facts.error)
  const key = await keys(config.keys, { alg, kid }, now)
  if (!key.ok) return key
  try {
    await compactVerify(assertion, key.value, { algorithms: [alg] })
    return ok(facts.value)
  } catch {
    return invalid('the signature is wrong')
  }
}

function factsOf(
  assertion: string,
  { kid, claims }: ParsedJwt,
  config: AssertionConfig,
  now: Millis,
): Result<Verified, string> {
  // An access token that a client was given must not pass for an assertion of its own (RFC 8725 section 3.11).
  if (![undefined, 'jwt'].includes(decodeProtectedHeader(assertion).typ?.toLowerCase()))
    return fail('not of the type of a client assertion')
  const { allowedKeyIds } = config
  if (allowedKeyIds !== undefined && !(kid !== undefined && allowedKeyIds.includes(kid)))
    return fail('the key id is not one of the client’s allowed ones')
  if (!isForUs(claims['aud'], config.audience)) return fail('another audience')
  const until = endOf(claims, config, now)
  if (!until.ok) return until
  const { jti } = claims
  if (jti !== undefined && !(typeof jti === 'string' && jti !== '' && jti.length <= MAX_JTI_CHARACTERS))
    return fail('the jti is not a short text')
  if (jti === undefined && config.singleUse) return fail('without a jti, which must be used once')
  return ok({ jti, until: until.value })
}

/** An audience beside ours could use the assertion here, and we there. */
const isForUs = (aud: unknown, ours: readonly string[]): boolean => {
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  return named.length > 0 && named.every((each) => ours.some((audience) => audience === each))
}

/** @returns when the assertion ends; a date far ahead would keep a stolen one good, and its `jti` stored, for so long */
function endOf(claims: JsonObject, config: AssertionConfig, now: Millis): Result<Millis, string> {
  const { clockSkew, maxLifetime } = config
  const dates = ['exp', 'nbf', 'iat'].map((name) => claims[name])
  if (!dates.every((date) => date === undefined || (typeof date === 'number' && Number.isFinite(date))))
    return fail('a date is not a number of seconds')
  const [end, begin = 0, issued = 0] = dates.map((date) =>
    date === undefined ? undefined : Number(date) * 1000,
  )
  if (end === undefined) return fail('without an end date')
  if (now >= end + clockSkew) return fail('expired')
  if (end > now + maxLifetime + clockSkew) return fail('the end date is too far ahead')
  if (Math.max(begin, issued) > now + clockSkew) return fail('not valid yet')
  return ok(end + clockSkew)
}
