import type { ClientConfig } from '../clients/config.ts'
import type { AuthKind } from '../routing/config.ts'

/** Who makes the request, as far as the route's kind of authentication tells. */
export type Principal = {
  /** The API client, when there is one: by its credentials, its id, or the claim of its token. */
  readonly client: ClientConfig | undefined
  /** Scopes of a token; empty for every other kind. */
  readonly scopes: readonly string[]
  /** How it was established, for the trace: `basic`, `client_id`, `client`, `token`, `none`. */
  readonly by: AuthKind
  /** On routes that take token requests: what of one the decision looks at. */
  readonly tokenRequest?: TokenRequest
}

/** RFC 6749 section 3.3 and 4: undefined where the request leaves it out. */
export type TokenRequest = { readonly scope: string | undefined; readonly grantType: string | undefined }
