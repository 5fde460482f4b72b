/** The kinds of refusal that a stranger may tell apart; every reason belongs to one. */
export const reasonClasses = [
  'unauthenticated',
  'address',
  'denied',
  'scope',
  'rate_limited',
  'not_found',
  'method_not_allowed',
  'bad_request',
  'upstream_unavailable',
  'internal',
] as const

export type ReasonClass = (typeof reasonClasses)[number]

/**
 * The answer for one class. A body is any JSON value; `${request_id}` and `${retry_after}` inside its strings
 * are filled in. Without a body the built-in problem document (RFC 9457) is sent; without a status the reason's own.
 */
export type FaultConfig = { readonly status?: number; readonly body?: unknown }

/** All answers of one upstream and `errors:` set, fallbacks resolved. A class that is absent is built in. */
export type FaultTable = Readonly<Partial<Record<ReasonClass, FaultConfig>>>
