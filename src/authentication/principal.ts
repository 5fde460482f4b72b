import type { ClientConfig } from '../clients/config.ts'

/** Who makes the request, as far as the route's kind of authentication tells. */
export type Principal = {
  /** The API client, when there is one: by its credentials, its id, or the claim of its token. */
  readonly client: ClientConfig | undefined
  /** Scopes of a token; empty for every other kind. */
  readonly scopes: readonly string[]
  /** How it was established, for the trace: `basic`, `client_id`, `token`, `none`. */
  readonly by: 'basic' | 'client_id' | 'token' | 'none'
}
