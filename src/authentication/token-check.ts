/**
 * What a Bearer token of a named issuer is worth: verified here or asked about, and remembered for a short while.
 * Remembered are the facts of a token, never that it was let through (threats T1, T3, T4).
 */
import { type Awaitable, ok, type Result, whenReady } from '../base/result.ts'
import type { Millis } from '../base/time.ts'
import type { Facts } from '../decision/facts.ts'
import { verifyJwt } from './bearer.ts'
import { notUsable, type TokenFacts } from './claims.ts'
import type { TokenConfig } from './config.ts'
import { looksLikeJwt } from './jwt.ts'
import type { KeyedHash } from './keyed-hash.ts'
import type { KeyFinder } from './keys.ts'
import { INACTIVE, type Introspect, introspectToken } from './opaque.ts'
import { invalid, type TokenRefusal } from './refusal.ts'
import { Remembered } from './remembered.ts'

export type TokenPorts = {
  readonly keys: KeyFinder
  readonly introspect: Introspect
  /** Names what is remembered. */
  readonly hash: KeyedHash
}

export type TokenCheck = (
  token: string,
  issuer: TokenConfig,
  at: Pick<Facts, 'now' | 'clientCertificate'>,
) => Awaitable<Result<TokenFacts, TokenRefusal>>

/** A token that was revoked is accepted for so long at most, and never past its end date (threat T3). */
export const REMEMBERED_FOR: Millis = 60_000

/** A token that became active is refused for so long at most. */
export const INACTIVE_FOR: Millis = 10_000

/** Entries of each kind. Facts of a token of 16 KiB make a few KiB, so an isolate's memory is never at stake. */
export const CAPACITY = 1000

/** @param capacity - of each of the two memories, so that inactive tokens cannot push out good ones */
export function tokenCheck(ports: TokenPorts, capacity = CAPACITY): TokenCheck {
  const good = new Remembered<TokenFacts>(capacity)
  const inactive = new Remembered<true>(capacity)
  const issuers: TokenConfig[] = []

  return (token, issuer, { now, clientCertificate }) => {
    const key = keyOf(issuer, token)
    const known = good.recall(key, now)
    const facts = known === undefined ? vouchedFor(token, issuer, key, now) : ok(known)
    return whenReady(facts, (outcome) => {
      if (!outcome.ok) return outcome
      const certificate = outcome.value.boundTo === undefined ? undefined : clientCertificate?.()
      const why = notUsable(outcome.value, issuer.clockSkew, now, certificate)
      return why === undefined ? outcome : invalid(why)
    })
  }

  async function vouchedFor(
    token: string,
    issuer: TokenConfig,
    key: string,
    now: Millis,
  ): Promise<Result<TokenFacts, TokenRefusal>> {
    if (inactive.recall(key, now)) return invalid(INACTIVE)
    const outcome = await byKind(token, issuer, ports, now)
    if (outcome.ok) {
      const until = Math.min(now + REMEMBERED_FOR, outcome.value.expires ?? Number.POSITIVE_INFINITY)
      good.remember(key, outcome.value, until, now)
    } else if (outcome.error.why === INACTIVE) {
      inactive.remember(key, true, now + INACTIVE_FOR, now)
    }
    return outcome
  }

  /**
   * Names the whole token, and the issuer with it: what one issuer said of a token is never the answer for another
   * (threat T2). A token has no characters that cannot be named; one that had would be remembered as itself.
   */
  function keyOf(issuer: TokenConfig, token: string): string {
    const known = issuers.indexOf(issuer)
    const place = known < 0 ? issuers.push(issuer) - 1 : known
    return `${place} ${ports.hash(token) ?? token}`
  }
}

/** A JWT goes to the keys and nowhere else: a failed one is not tried again in another way. */
async function byKind(
  token: string,
  { keys, introspection, ...issuer }: TokenConfig,
  ports: TokenPorts,
  now: Millis,
): Promise<Result<TokenFacts, TokenRefusal>> {
  if (keys !== undefined && (introspection === undefined || looksLikeJwt(token)))
    return verifyJwt(token, { ...issuer, keys }, ports.keys, now)
  if (introspection === undefined) return invalid('the issuer has no keys')
  return introspectToken(token, { ...issuer, introspection }, ports.introspect)
}
