/** Keys of token issuers: pinned in the policy, or fetched from the issuer and kept. */
import { createLocalJWKSet, createRemoteJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import type { KeySource } from '../authentication/bearer.ts'
import type { TokenConfig } from '../authentication/config.ts'
import type { Millis } from '../base/time.ts'

const FETCH_TIMEOUT: Millis = 5_000
/** At most one fetch per issuer in this time, however many unknown `kid`s come (threat T8). */
const COOLDOWN: Millis = 30_000
const MAX_AGE: Millis = 600_000

/** One key set per issuer and isolate, made when it is first asked for. */
export function issuerKeys(): KeySource {
  const sets = new Map<string, JWTVerifyGetKey>()
  return (issuer) => {
    const known = sets.get(issuer.name)
    if (known) return known
    const made = keySet(issuer)
    sets.set(issuer.name, made)
    return made
  }
}

function keySet({ keys }: TokenConfig): JWTVerifyGetKey {
  if ('jwks' in keys) return createLocalJWKSet(keys.jwks as JSONWebKeySet)
  return createRemoteJWKSet(new URL(keys.uri), {
    timeoutDuration: FETCH_TIMEOUT,
    cooldownDuration: COOLDOWN,
    cacheMaxAge: MAX_AGE,
  })
}
