/** Tokens that a gateway must not believe, and the good ones they are made of. */
import type { TokenConfig } from '../authentication/config.ts'
import type { Millis } from '../base/time.ts'

/** The key of one of the policy's issuers, in the attacker's hands: a private JWK (RFC 7517). */
export type Signer = { readonly issuer: TokenConfig; readonly key: JsonWebKey; readonly now: () => Millis }

type Claims = Readonly<Record<string, unknown>>

/** How a token is signed: as it should be, or in one of the ways that gateways have fallen for. */
export type Signing =
  | { readonly by: 'issuer' }
  | { readonly by: 'nobody' }
  | { readonly by: 'stranger' }
  /** HMAC with a secret that everybody has. */
  | { readonly by: 'text'; readonly secret: string }

export const ALGORITHM = 'ES256'
const CURVE = { name: 'ECDSA', namedCurve: 'P-256' }
const LIFETIME_S = 300

/** Claims of a token that is good for this issuer. */
export function goodClaims(
  { issuer, now }: Signer,
  clientId: string | undefined,
  scopes: readonly string[],
): Claims {
  const seconds = Math.floor(now() / 1000)
  return {
    iss: issuer.issuer,
    aud: issuer.audience[0],
    iat: seconds,
    exp: seconds + LIFETIME_S,
    sub: 'attack',
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    ...(clientId !== undefined && issuer.clientIdClaim !== undefined && { [issuer.clientIdClaim]: clientId }),
  }
}

/** @returns a JWS in compact form (RFC 7515 section 3.1) */
export async function signed(
  header: Claims,
  claims: Claims,
  signing: Signing,
  { key }: Pick<Signer, 'key'>,
): Promise<string> {
  const input = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}`
  return `${input}.${await signature(bytesOf(input), signing, key)}`
}

async function signature(input: Uint8Array<ArrayBuffer>, signing: Signing, key: JsonWebKey): Promise<string> {
  switch (signing.by) {
    case 'nobody':
      return ''
    case 'text': {
      const secret = bytesOf(signing.secret)
      const hmac = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, [
        'sign',
      ])
      return bytesUrl(await crypto.subtle.sign('HMAC', hmac, input))
    }
    case 'issuer':
      return bytesUrl(await withKey(key, input))
    case 'stranger':
      return bytesUrl(await withKey((await strangersKey()).key, input))
  }
}

async function withKey(jwk: JsonWebKey, input: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  const key = await crypto.subtle.importKey('jwk', { ...jwk, key_ops: ['sign'] }, CURVE, false, ['sign'])
  return crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, input)
}

let own: Promise<{ readonly key: JsonWebKey; readonly publicKey: JsonWebKey }> | undefined

/** A key pair that no issuer knows, made once. */
export const strangersKey = () => {
  own ??= newKey()
  return own
}

/** A new key pair for ES256. */
export async function newKey(): Promise<{ readonly key: JsonWebKey; readonly publicKey: JsonWebKey }> {
  const pair = await crypto.subtle.generateKey(CURVE, true, ['sign', 'verify'])
  const key = 'privateKey' in pair ? await crypto.subtle.exportKey('jwk', pair.privateKey) : undefined
  // What the types allow and no runtime does.
  if (key === undefined || key instanceof ArrayBuffer) throw new Error('no key pair was made')
  return { key, publicKey: publicOf(key) }
}

/** What everybody may know of a key. */
export const publicOf = ({ kty, crv = '', x = '', y = '' }: JsonWebKey): JsonWebKey => ({ kty, crv, x, y })

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(new TextEncoder().encode(text))

export const base64url = (text: string): string => url(btoa(text))
const bytesUrl = (bytes: ArrayBuffer): string =>
  url(btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join('')))
const url = (text: string): string => text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
