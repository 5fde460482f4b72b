import type { Millis } from '../base/time.ts'

/** `scheme://host[:port]`, given in the policy or by the environment variable `env`. */
export type OriginConfig = { readonly url: string } | { readonly env: string; readonly fallback?: string }

/** What the gateway needs to know to forward to an upstream. */
export type ForwardConfig = {
  /** By name; `default` is the upstream's own `origin:`. */
  readonly origins: Readonly<Record<string, OriginConfig>>
  /** Until the upstream's response headers must be there. */
  readonly timeout: Millis
  /** Whether the caller's Authorization header goes on to the upstream. */
  readonly authorization: 'forward' | 'remove'
}
