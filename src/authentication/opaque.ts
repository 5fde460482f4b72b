/** Opaque tokens, which only their issuer can read: token introspection (RFC 7662). */
import type { Result } from '../base/result.ts'
import { factsOfAnswer, type TokenFacts } from './claims.ts'
import type { IntrospectionConfig, TokenConfig } from './config.ts'
import { isObject } from './jwt.ts'
import { invalid, type TokenRefusal, unavailable } from './refusal.ts'

/** Asks the issuer about a token, within limits of time and size. Fails with a sentence for the log; never throws. */
export type Introspect = (config: IntrospectionConfig, token: string) => Promise<Result<unknown, string>>

/** The refusal of a token that its issuer does not, or no longer, vouch for. */
export const INACTIVE = 'not active'

/**
 * @returns what the issuer says of the token. An issuer that gives no usable answer has not vouched for it: that is
 *   `unavailable`, and never an acceptance.
 */
export async function introspectToken(
  token: string,
  issuer: TokenConfig & { readonly introspection: IntrospectionConfig },
  introspect: Introspect,
): Promise<Result<TokenFacts, TokenRefusal>> {
  const answer = await introspect(issuer.introspection, token)
  if (!answer.ok) return unavailable(answer.error)
  const { value } = answer
  // RFC 7662 section 2.2: the one required member, and a boolean.
  if (!isObject(value) || typeof value['active'] !== 'boolean')
    return unavailable('the introspection answer cannot be read')
  if (!value['active']) return invalid(INACTIVE)
  const facts = factsOfAnswer(value, issuer)
  return facts.ok ? facts : invalid(facts.error)
}

export type IntrospectionRequest = {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** RFC 7662 section 2.1, with the gateway's credentials by RFC 6749 section 2.3.1. */
export function introspectionRequest(
  { clientId, auth }: IntrospectionConfig,
  secret: string,
  token: string,
): IntrospectionRequest {
  const form = new URLSearchParams({ token, token_type_hint: 'access_token' })
  const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' }
  if (auth === 'basic') {
    const pair = `${formEncoded(clientId)}:${formEncoded(secret)}`
    return { headers: { ...headers, authorization: `Basic ${btoa(pair)}` }, body: form.toString() }
  }
  form.set('client_id', clientId)
  form.set('client_secret', secret)
  return { headers, body: form.toString() }
}

/** Both parts of the pair are form-encoded before they are joined, which also leaves nothing that is not ASCII. */
const formEncoded = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1)
