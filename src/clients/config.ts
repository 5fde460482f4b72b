import type { KeysConfig } from '../authentication/config.ts'
import type { Millis } from '../base/time.ts'
import type { ReportOnly } from '../decision/report-only.ts'
import type { AddressLists } from '../network/config.ts'

/** A hashed secret: lower-case hex SHA-256 of the secret's UTF-8 bytes, accepted until `expires` (exclusive). */
export type SecretConfig = { readonly sha256: string; readonly expires: Millis }

/**
 * How a client proves itself on routes with `auth: client` (seed: API client settings, client authentication method).
 * `default` is Basic or the form, whichever the client sends.
 */
export type ClientMethod =
  | 'default'
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'private_key_jwt'
  | 'tls_client_auth'
  | 'none'

/** What a client's signed assertions must be (RFC 7523 section 3). */
export type AssertionConfig = {
  readonly keys: Exclude<KeysConfig, { readonly env: string }>
  readonly algorithms: readonly string[]
  /** Every `aud` of an assertion is one of these: the token endpoint, or the issuer. */
  readonly audience: readonly string[]
  /** Where present, `kid` must be there and one of these. */
  readonly allowedKeyIds?: readonly string[]
  /** Whether a `jti` counts once. */
  readonly singleUse: boolean
  /** How far ahead `exp` may be. */
  readonly maxLifetime: Millis
  readonly clockSkew: Millis
}

/** The attribute of a verified certificate that names the client (RFC 8705 section 2.1.2). */
export type TlsConfig = { readonly subjectDn: string }

/** An API client of the compiled policy. What may be tried out of it are its lists. */
export type ClientConfig = ReportOnly & {
  /** Name in the policy file and in the decision log. */
  readonly name: string
  /** Indexes of the upstreams the client counts for. */
  readonly upstreams: readonly number[]
  readonly clientId: string
  readonly enabled: boolean
  readonly features: readonly string[]
  readonly lists: AddressLists
  /** `none`: public client, the id is enough. `upstream`: the upstream holds and checks the secret. */
  readonly secrets: readonly SecretConfig[] | 'none' | 'upstream'
  /** `default` where it is absent. */
  readonly authentication?: ClientMethod
  /** With `private_key_jwt`. */
  readonly assertion?: AssertionConfig
  /** With `tls_client_auth`. */
  readonly tls?: TlsConfig
  /** The scopes that a token request may ask for; without the list any. */
  readonly customScopes?: readonly string[]
}
