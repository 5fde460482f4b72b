/** Client secrets: long random texts kept as SHA-256, compared in constant time. */
import type { Awaitable } from '../base/result.ts'
import type { Millis } from '../base/time.ts'
import type { SecretConfig } from './config.ts'

/**
 * Says whether `secret` is one of `accepted` at `now`.
 * A port, so that policy tests can stand in for a client whose secret nobody has.
 */
export type SecretCheck = (
  secret: string,
  accepted: readonly SecretConfig[],
  now: Millis,
) => Awaitable<boolean>

/**
 * Compared against when the id is unknown or the client has no secret here, so that an outsider cannot tell
 * the two from a wrong secret by the work done (threat T13). No text hashes to it that anybody knows.
 */
export const nobodysSecrets: readonly SecretConfig[] = [{ sha256: '0'.repeat(64), expires: 0 }]

/** The real check: hashes once and looks at every entry, whichever of them matches first. */
export const checkSecret: SecretCheck = async (secret, accepted, now) => {
  const hash = hex(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret)))
  let matched = false
  for (const entry of accepted) {
    const same = equalInConstantTime(hash, entry.sha256)
    matched = (same && now < entry.expires) || matched
  }
  return matched
}

/** Both texts have the same fixed length, so the time tells nothing of where they differ. */
function equalInConstantTime(a: string, b: string): boolean {
  let difference = a.length ^ b.length
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return difference === 0
}

const hex = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')
