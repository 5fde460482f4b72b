import type { IpAddress } from '../base/address.ts'
import type { Brand } from '../base/brand.ts'
import type { Awaitable, Result } from '../base/result.ts'
import type { Millis } from '../base/time.ts'

/** The path that is matched, logged and forwarded. Its one maker is `canonicalPath` in `routing/path.ts`. */
export type CanonicalPath = Brand<string, 'CanonicalPath'>

/** The kinds of body in which clients send parameters: RFC 6749 section 3.2, and what vendors' own clients do. */
export type BodyKind = 'form' | 'json' | 'multipart'

/** A body that was read. `boundary` is that of a multipart body; empty for the others. */
export type BodyText = { readonly kind: BodyKind; readonly text: string; readonly boundary: string }

/** `malformed`: not whole, not UTF-8, encoded, in another charset, or of a Content-Type that can be read in two ways. */
export type BodyReading = Result<BodyText | undefined, 'too_large' | 'malformed' | 'other_kind'>

/** A certificate of the TLS handshake (RFC 8446 section 4.4.2). */
export type ClientCertificate = {
  /** Whether the platform found it issued by an authority that is trusted for this host, in force and not revoked. */
  readonly verified: boolean
  /** Subject, as text of RFC 2253. */
  readonly subjectDn: string
  /** SHA-256 of the certificate, 64 lower-case hexadecimal digits. */
  readonly fingerprintSha256: string
}

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
  /**
   * The body, where it is of one of these kinds. The request is read once, however often it is asked for.
   *
   * @param kinds - a body of any other kind is left unread: `other_kind`
   * @param limit - in bytes; what is read is held in memory
   * @returns undefined when the request carries no body
   */
  readonly body: (kinds: readonly BodyKind[], limit: number) => Awaitable<BodyReading>
  /** The TLS client certificate, where the platform was shown one. */
  readonly clientCertificate?: (() => ClientCertificate | undefined) | undefined
  /** Whether the request asks for a protocol upgrade. */
  readonly upgrade: string | undefined
  readonly now: Millis
}
