/** Bytes of the digest that name a token: far more than anybody can make collide. */
const NAME_BYTES = 16

/**
 * The name under which a token is counted. The token itself stands in no key: keys are stored.
 *
 * Of a JWT only what is signed counts. One signature may have several spellings, and each would be another
 * bucket (threat R2).
 *
 * @param authorization - the header of a request whose token was verified
 */
export async function tokenName(authorization: string): Promise<string> {
  const token = authorization.slice(authorization.lastIndexOf(' ') + 1)
  const parts = token.split('.')
  const counted = parts.length === 3 ? `${parts[0]}.${parts[1]}` : token
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(counted))
  return base64url(new Uint8Array(digest, 0, NAME_BYTES))
}

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes)).replace(/[+/=]/g, (sign) =>
    sign === '+' ? '-' : sign === '/' ? '_' : '',
  )
