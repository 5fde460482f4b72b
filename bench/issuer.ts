/** A token issuer that is made for one run: its key and its tokens. */
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

export const ISSUER = 'https://login.bench.example'
export const AUDIENCE = 'bench'
export const ALGORITHM = 'ES256'

/** An elliptic-curve key (RFC 7518 section 6.2) with what says how it may be used. */
export type PublicKey = Readonly<Record<'kty' | 'kid' | 'alg' | 'use' | 'crv' | 'x' | 'y', string>>

export type Issuer = {
  readonly key: PublicKey
  /** A token for an API client. It outlives any run. */
  readonly token: (clientId: string) => Promise<string>
}

export async function makeIssuer(): Promise<Issuer> {
  const { privateKey, publicKey } = await generateKeyPair(ALGORITHM)
  const { crv = '', x = '', y = '' } = await exportJWK(publicKey)
  return {
    key: { kty: 'EC', kid: 'bench', alg: ALGORITHM, use: 'sig', crv, x, y },
    token: (clientId) =>
      new SignJWT({ client_id: clientId, scope: 'records.read' })
        .setProtectedHeader({ alg: ALGORITHM, kid: 'bench', typ: 'JWT' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setIssuedAt()
        .setExpirationTime('1d')
        .sign(privateKey),
  }
}
