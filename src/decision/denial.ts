import type { IpAddress } from '../base/address.ts'
import type { Millis } from '../base/time.ts'
import type { Standing } from './standing.ts'

/** Why a failed authentication could not be charged to its address: the limiter was out of reach. */
type Uncounted = string

/**
 * Why a request is refused, with the facts for the log and for `explain`.
 * The caller never sees more than the class of the reason (see `faults/`).
 */
export type Denial =
  | { readonly reason: 'bad_path'; readonly why: string }
  | { readonly reason: 'bad_request'; readonly why: string }
  | { readonly reason: 'body_too_large' }
  | { readonly reason: 'unknown_route'; readonly upstream?: number | undefined }
  | { readonly reason: 'method_not_allowed'; readonly allowed: readonly string[] }
  | { readonly reason: 'upgrade_refused' }
  | { readonly reason: 'credentials_missing' }
  | { readonly reason: 'credentials_invalid'; readonly why: string; readonly uncounted?: Uncounted }
  | { readonly reason: 'credentials_ambiguous'; readonly uncounted?: Uncounted }
  | {
      /** Whoever issued the token could not be asked about it, so nobody knows whether it is good. */
      readonly reason: 'issuer_unavailable'
      readonly why: string
      readonly retryMs: Millis
    }
  /** The client has proven itself, so the log may name it. */
  | { readonly reason: 'client_disabled'; readonly client: string }
  | { readonly reason: 'address_denied'; readonly address: IpAddress | undefined }
  | { readonly reason: 'address_not_allowed'; readonly address: IpAddress | undefined }
  | { readonly reason: 'feature_missing'; readonly has: readonly string[]; readonly needs: readonly string[] }
  | { readonly reason: 'scope_missing'; readonly has: readonly string[]; readonly needs: readonly string[] }
  /** A token request for scopes that its client may not have. */
  | {
      readonly reason: 'scope_excess'
      readonly asked: readonly string[]
      readonly granted: readonly string[]
    }
  | {
      readonly reason: 'rate_limited'
      readonly group: string
      /** Until the same request would be served; undefined when it never will be. */
      readonly retryMs: Millis | undefined
      readonly standing: Standing
    }
  | {
      readonly reason: 'limiter_unavailable'
      readonly group: string
      readonly retryMs: Millis
      /** The group's burst, the only one of its numbers that is known. */
      readonly limit: number
      readonly why: string
    }

export type Reason = Denial['reason']

/** Every reason, in the order of the steps that give them; the words policy tests use under `denied:`. */
export const reasons = [
  'bad_path',
  'bad_request',
  'body_too_large',
  'unknown_route',
  'method_not_allowed',
  'upgrade_refused',
  'credentials_missing',
  'credentials_invalid',
  'credentials_ambiguous',
  'issuer_unavailable',
  'client_disabled',
  'address_denied',
  'address_not_allowed',
  'feature_missing',
  'scope_missing',
  'scope_excess',
  'rate_limited',
  'limiter_unavailable',
] as const satisfies readonly Reason[]
