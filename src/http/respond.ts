/** The answers the gateway gives itself. They are never cached and say no more than the class of the reason. */
import { ceilSeconds, type Seconds } from '../base/time.ts'
import type { Fault } from '../faults/classes.ts'
import type { FaultRenderer } from '../faults/render.ts'
import type { AuthKind } from '../routing/config.ts'

/** What a refusal needs besides its reason. */
export type Refusal = {
  readonly fault: Fault
  readonly requestId: string
  readonly render: FaultRenderer
  /** How the route may be authenticated against, where a route was found. */
  readonly auth: AuthKind | undefined
  readonly rateHeaders: readonly (readonly [string, string])[]
}

export function refuse({ fault, requestId, render, auth, rateHeaders }: Refusal): Response {
  const answer = render(fault, { requestId, retryAfter: retryAfterOf(fault) })
  const response = new Response(answer.body, { status: answer.status })
  // One by one: a list of pairs takes the platform four times as long.
  const { headers } = response
  headers.set('content-type', answer.contentType)
  headers.set('cache-control', 'no-store')
  headers.set('x-request-id', requestId)
  for (const [name, value] of rateHeaders) headers.set(name, value)
  if (answer.status === 401) headers.set('www-authenticate', challenge(fault, auth))
  if (answer.status === 403 && auth === 'token' && fault.reason === 'scope_missing')
    headers.set('www-authenticate', scopeChallenge(fault.needs))
  // Of the refusals that time heals, those of a rate group have their header among `rateHeaders`.
  if (fault.reason === 'issuer_unavailable') headers.set('retry-after', `${retryAfterOf(fault)}`)
  if (fault.reason === 'method_not_allowed') headers.set('allow', fault.allowed.join(', '))
  return response
}

/** A 401 must name a scheme (RFC 9110 section 11.6.1). `client_id` has none of its own and is shown as Basic. */
function challenge(fault: Fault, auth: Refusal['auth']): string {
  if (auth !== 'token') return 'Basic realm="sallyport", charset="UTF-8"'
  // Without credentials in the request no error code is given (RFC 6750 section 3.1).
  return fault.reason === 'credentials_missing'
    ? 'Bearer realm="sallyport"'
    : 'Bearer realm="sallyport", error="invalid_token"'
}

/** RFC 6750 section 3.1. Any one of the scopes is enough; the policy holds none with a quote in it. */
const scopeChallenge = (scopes: readonly string[]): string =>
  `Bearer realm="sallyport", error="insufficient_scope", scope="${scopes.join(' ')}"`

const retryAfterOf = (fault: Fault): Seconds | undefined =>
  'retryMs' in fault && fault.retryMs !== undefined ? ceilSeconds(fault.retryMs) : undefined
