import type { Millis } from '../base/time.ts'

/** A place where an upstream's clients may put their id and secret. */
export type CredentialPlace = 'basic' | 'form' | 'query' | 'signature'

/** What signatures are checked with: a JWK set at an address, a pinned one, or a secret shared with the signer. */
export type KeysConfig =
  | {
      readonly uri: string
      /** How long after it was fetched a set still counts while the address cannot be reached. */
      readonly staleFor: Millis
    }
  | { readonly jwks: { readonly keys: readonly Record<string, unknown>[] } }
  /** Name of the environment variable that holds the secret. */
  | { readonly env: string }

/** Where opaque tokens are asked about (RFC 7662), and with which credentials of the gateway's own. */
export type IntrospectionConfig = {
  readonly endpoint: string
  readonly clientId: string
  /** Name of the environment variable that holds the secret. */
  readonly secretEnv: string
  readonly auth: 'basic' | 'post'
}

/** A token issuer under `tokens:`. `iss`, `aud` and `exp` of a JWT are always required (threat T9). */
export type TokenConfig = {
  readonly name: string
  readonly issuer: string
  readonly audience: readonly string[]
  /** Absent where all tokens of the issuer are opaque. */
  readonly keys?: KeysConfig
  readonly introspection?: IntrospectionConfig
  /** Empty without keys. Either all asymmetric or, with a secret, all symmetric. */
  readonly algorithms: readonly string[]
  /** Set where a JWT must declare itself an access token (RFC 9068 section 2.1). */
  readonly type?: 'at+jwt'
  readonly clockSkew: Millis
  /** The claim that names the token's API client. */
  readonly clientIdClaim?: string
}
