/** From the policy's word on keys to the key that one signature is checked with. */
import { ok, type Result } from '../base/result.ts'
import type { Millis } from '../base/time.ts'
import type { KeysConfig } from './config.ts'
import { chooseKey, importKey, type Wanted } from './jwk.ts'
import type { JsonObject } from './jwt.ts'
import { invalid, type TokenRefusal, unavailable } from './refusal.ts'
import { RemoteKeys, type RemotePorts } from './remote-keys.ts'

export type VerificationKey = CryptoKey | Uint8Array

/**
 * Finds the one key that fits. A port of the verification: policy tests have keys of their own.
 *
 * @param wanted - `alg` is already known to be one that the policy names beside these keys
 */
export type KeyFinder = (
  keys: KeysConfig,
  wanted: Wanted,
  now: Millis,
) => Promise<Result<VerificationKey, TokenRefusal>>

export type KeyPorts = RemotePorts & {
  /** A variable of the Worker's environment; undefined where it is not set. */
  readonly variable: (name: string) => string | undefined
}

/** Make it once for an isolate: it holds the sets that were fetched, one an address. */
export function keyFinder(ports: KeyPorts): KeyFinder {
  const remotes = new Map<string, RemoteKeys>()
  const imported = new WeakMap<JsonObject, Map<string, CryptoKey>>()

  return async (keys, wanted, now) => {
    if ('env' in keys) return sharedSecret(ports.variable(keys.env), wanted.alg)
    const jwk = 'uri' in keys ? await remote(keys.uri).find(wanted, keys.staleFor, now) : pinned(keys, wanted)
    return jwk.ok ? ready(jwk.value, wanted.alg) : jwk
  }

  function remote(uri: string): RemoteKeys {
    const known = remotes.get(uri) ?? new RemoteKeys(uri, ports)
    remotes.set(uri, known)
    return known
  }

  /** Kept beside the set's own object, so that it goes when the set is replaced. */
  async function ready(jwk: JsonObject, alg: string): Promise<Result<CryptoKey, TokenRefusal>> {
    const before = imported.get(jwk)?.get(alg)
    if (before !== undefined) return ok(before)
    const key = await importKey(jwk, alg)
    if (key === undefined) return invalid('the key of the issuer cannot be read')
    imported.set(jwk, (imported.get(jwk) ?? new Map()).set(alg, key))
    return ok(key)
  }
}

function pinned(
  { jwks }: Extract<KeysConfig, { jwks: unknown }>,
  wanted: Wanted,
): Result<JsonObject, TokenRefusal> {
  const choice = chooseKey(jwks.keys, wanted)
  if (choice.kind === 'one') return ok(choice.jwk)
  return invalid(choice.kind === 'none' ? 'no such key of the issuer' : 'several keys of the issuer fit')
}

/** RFC 7518 section 3.2: a key of at least the hash's own length. */
const MIN_SECRET_BYTES: Readonly<Record<string, number>> = { HS256: 32, HS384: 48, HS512: 64 }

function sharedSecret(secret: string | undefined, alg: string): Result<Uint8Array, TokenRefusal> {
  const bytes = new TextEncoder().encode(secret ?? '')
  const least = MIN_SECRET_BYTES[alg]
  // Never for an asymmetric algorithm, nor the other way round (threat T6).
  if (least === undefined) return invalid('the algorithm is not one of the issuer')
  return bytes.length < least ? unavailable('the secret of the issuer is not set, or too short') : ok(bytes)
}
