import type { Millis } from '../base/time.ts'

/** A place where an upstream's clients may put their id and secret. */
export type CredentialPlace = 'basic' | 'form' | 'query'

/** A token issuer under `tokens:`. `iss`, `aud` and `exp` are always required (threats T9). */
export type TokenConfig = {
  readonly name: string
  readonly issuer: string
  readonly audience: readonly string[]
  /** Address of the issuer's JWK set, or the set itself. */
  readonly keys:
    | { readonly uri: string }
    | { readonly jwks: { readonly keys: readonly Record<string, unknown>[] } }
  readonly algorithms: readonly string[]
  readonly clockSkew: Millis
  /** The claim that names the token's API client. */
  readonly clientIdClaim?: string
}
