/** The port to the upstreams. The real one is `platform/upstream.ts`. */
import type { Result } from '../base/result.ts'
import type { Millis } from '../base/time.ts'

export type UpstreamRequest = {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly body: ReadableStream | Uint8Array<ArrayBuffer> | null
  /** Until the response's headers must be there; its body may take longer. */
  readonly timeout: Millis
}

export type UpstreamFailure =
  | { readonly reason: 'upstream_unreachable'; readonly why?: string }
  | { readonly reason: 'upstream_timeout' }

export interface Upstream {
  /**
   * Sends one request, once. Redirects are handed back, never followed, and nothing is retried: whether the
   * upstream acted on a request that failed cannot be known here.
   */
  send(request: UpstreamRequest): Promise<Result<Response, UpstreamFailure>>
}
