/** Which scopes a token request may ask for (seed: IBM Verify, restrict custom scopes). */
import { fail, ok, type Result } from '../base/result.ts'
import type { Denial } from '../decision/denial.ts'

export type TokenRequestSlice = { readonly scope: string | undefined; readonly grantType: string | undefined }

/**
 * Grants whose scopes were settled before the token request: where the user agreed, or with the token that is renewed
 * (RFC 6749 sections 4.1.3 and 6, RFC 8628 section 3.4, CIBA Core section 10.1).
 */
const SETTLED_EARLIER = [
  'authorization_code',
  'refresh_token',
  'urn:ietf:params:oauth:grant-type:device_code',
  'urn:openid:params:grant-type:ciba',
]

/**
 * Holds a token request against the scopes of its client.
 *
 * An authorization request that is sent ahead (RFC 9126) or starts the device flow (RFC 8628) is one as well: it has no
 * grant type, and its scope is settled with it. A request that names no scope asks for the default of the authorization
 * server, which nobody knows here: cut down, it names the client's own scopes; else it is refused.
 *
 * @param own - the client's scopes; undefined where it may ask for any
 * @returns the value that `scope` must have, or undefined where the request may go on as it is
 */
export function grantableScope(
  { scope, grantType }: TokenRequestSlice,
  own: readonly string[] | undefined,
  excess: 'cut_down' | 'refuse',
): Result<string | undefined, Denial> {
  if (own === undefined) return ok(undefined)
  const asked = (scope ?? '').split(' ').filter((each) => each !== '')
  if (asked.length === 0 && SETTLED_EARLIER.includes(grantType ?? '')) return ok(undefined)
  const granted = asked.length === 0 ? own : asked.filter((each) => own.includes(each))
  if (asked.length > 0 && granted.length === asked.length) return ok(undefined)
  return excess === 'refuse' || granted.length === 0
    ? fail({ reason: 'scope_excess', asked, granted: own })
    : ok(granted.join(' '))
}
