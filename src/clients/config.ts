import type { Millis } from '../base/time.ts'
import type { AddressLists } from '../network/config.ts'

/** A hashed secret: lower-case hex SHA-256 of the secret's UTF-8 bytes, accepted until `expires` (exclusive). */
export type SecretConfig = { readonly sha256: string; readonly expires: Millis }

/** An API client of the compiled policy. */
export type ClientConfig = {
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
}
