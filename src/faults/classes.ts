/** Which class a reason belongs to, and the honest status of each reason. */
import type { Denial } from '../decision/denial.ts'
import type { ReasonClass } from './config.ts'

/** What can go wrong after the decision, or without a policy to decide by. */
export type Failure =
  | { readonly reason: 'policy_missing' }
  | { readonly reason: 'origin_missing'; readonly origin: string }
  | { readonly reason: 'body_on_get' }
  | { readonly reason: 'query_malformed'; readonly why: string }
  | { readonly reason: 'upstream_unreachable'; readonly why?: string }
  | { readonly reason: 'upstream_timeout' }
  | { readonly reason: 'internal_error' }

export type Fault = Denial | Failure

/** Folds every reason into what a stranger may know of it. No default: a new reason does not compile until it has a class. */
export function classOf(reason: Fault['reason']): ReasonClass {
  switch (reason) {
    case 'bad_path':
    case 'bad_request':
    case 'body_too_large':
    case 'body_on_get':
    case 'query_malformed':
    case 'upgrade_refused':
      return 'bad_request'
    case 'unknown_route':
      return 'not_found'
    case 'method_not_allowed':
      return 'method_not_allowed'
    case 'credentials_missing':
    case 'credentials_invalid':
    case 'credentials_ambiguous':
      return 'unauthenticated'
    case 'address_denied':
    case 'address_not_allowed':
      return 'address'
    case 'client_disabled':
    case 'feature_missing':
    case 'scope_missing':
      return 'denied'
    case 'scope_excess':
      return 'scope'
    case 'rate_limited':
    case 'limiter_unavailable':
      return 'rate_limited'
    case 'issuer_unavailable':
    case 'upstream_unreachable':
    case 'upstream_timeout':
      return 'upstream_unavailable'
    case 'policy_missing':
    case 'origin_missing':
    case 'internal_error':
      return 'internal'
  }
}

const statusOfClass: Readonly<Record<ReasonClass, number>> = {
  unauthenticated: 401,
  address: 403,
  denied: 403,
  // RFC 6749 section 5.2: `invalid_scope`.
  scope: 400,
  rate_limited: 429,
  not_found: 404,
  method_not_allowed: 405,
  bad_request: 400,
  upstream_unavailable: 502,
  internal: 500,
}

/** Reasons whose status says more than that of their class (RFC 9110 section 15). */
const statusOfReason: Readonly<Partial<Record<Fault['reason'], number>>> = {
  body_too_large: 413,
  upstream_timeout: 504,
  // The token may well be good: 401 would make its owner throw it away (RFC 6750 section 3.1).
  issuer_unavailable: 503,
  policy_missing: 503,
  origin_missing: 503,
}

/** The status of a reason where the policy does not set one for its class. */
export const statusOf = (reason: Fault['reason']): number =>
  statusOfReason[reason] ?? statusOfClass[classOf(reason)]
