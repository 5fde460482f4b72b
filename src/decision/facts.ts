import type { IpAddress } from '../base/address.ts'
import type { Brand } from '../base/brand.ts'
import type { Awaitable, Result } from '../base/result.ts'
import type { Millis } from '../base/time.ts'

/** The path that is matched, logged and forwarded. Its one maker is `canonicalPath` in `routing/path.ts`. */
export type CanonicalPath = Brand<string, 'CanonicalPath'>

/** What the decision may know of a request. Made by `http/` from a live request, by the command line from a test. */
export type Facts = {
  readonly method: string
  /** Host name in lower case, without port, already checked against `name[:port]`. */
  readonly host: string
  /** Path of the request target as it was sent, without the query. */
  readonly rawPath: string
  /** Query as it was sent, without the `?`; empty when there is none. */
  readonly query: string
  /** The caller's address as the platform vouches for it, or undefined when there is no single readable one. */
  readonly address: IpAddress | undefined
  /** The Authorization header as it was sent; two lines arrive joined with a comma. */
  readonly authorization: string | undefined
  /** The text of the form body, read at most once; undefined when the request carries none. */
  readonly form: () => Awaitable<Result<string | undefined, 'too_large' | 'malformed'>>
  /** Whether the request asks for a protocol upgrade. */
  readonly upgrade: string | undefined
  readonly now: Millis
}
