/** Which key of a JWK set (RFC 7517) a signature is checked with. */
import { base64url, importJWK } from 'jose'
import { isObject, type JsonObject } from './jwt.ts'

/** What a token's header asks for, after the algorithm was found to be one of the issuer's. */
export type Wanted = { readonly alg: string; readonly kid: string | undefined }

export type Choice =
  | { readonly kind: 'one'; readonly jwk: JsonObject }
  | { readonly kind: 'none' }
  | { readonly kind: 'several' }

/**
 * The one key that fits. Without a key id in the token there must be no second key that could be meant, since
 * trying one after the other lets any of them sign for all.
 */
export function chooseKey(keys: readonly JsonObject[], wanted: Wanted): Choice {
  const [jwk, ...others] = keys.filter((key) => fits(key, wanted))
  if (jwk === undefined) return { kind: 'none' }
  return others.length === 0 ? { kind: 'one', jwk } : { kind: 'several' }
}

/**
 * @param jwk - one that fits `alg`
 * @returns undefined when it is no key after all
 */
export async function importKey(jwk: JsonObject, alg: string): Promise<CryptoKey | undefined> {
  try {
    // Only what makes the public key: private members of a careless issuer are not even read.
    const { kty, crv, x, y, n, e } = jwk
    const members = Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined)
    const key = await importJWK(Object.fromEntries(members), alg)
    return key instanceof Uint8Array ? undefined : key
  } catch {
    return undefined
  }
}

/** The keys of a set; undefined for anything that is not one. Entries that are no objects are passed over. */
export function keysOf(set: unknown): readonly JsonObject[] | undefined {
  const keys = isObject(set) ? set['keys'] : undefined
  return Array.isArray(keys) && keys.length <= MAX_KEYS ? keys.filter(isObject) : undefined
}

/** Far above what an issuer has in rotation. */
const MAX_KEYS = 100

/** RFC 7518 section 3.3 and RFC 8725 section 3.5. */
export const MIN_RSA_BITS = 2048

/** RFC 7518 section 3.1 and RFC 8037: the kind of key, and the curve, that belong to an algorithm. */
const kinds: Readonly<Record<string, { readonly kty: string; readonly crv?: string }>> = {
  RS256: { kty: 'RSA' },
  RS384: { kty: 'RSA' },
  RS512: { kty: 'RSA' },
  PS256: { kty: 'RSA' },
  PS384: { kty: 'RSA' },
  PS512: { kty: 'RSA' },
  ES256: { kty: 'EC', crv: 'P-256' },
  ES384: { kty: 'EC', crv: 'P-384' },
  ES512: { kty: 'EC', crv: 'P-521' },
  EdDSA: { kty: 'OKP', crv: 'Ed25519' },
}

/** RFC 9864 gives EdDSA on this curve a name of its own. */
const OTHER_NAMES: Readonly<Record<string, string>> = { Ed25519: 'EdDSA' }

function fits(jwk: JsonObject, { alg, kid }: Wanted): boolean {
  const kind = kinds[alg]
  if (kind === undefined || jwk['kty'] !== kind.kty || jwk['crv'] !== kind.crv) return false
  if (kid !== undefined && jwk['kid'] !== kid) return false
  return isMeantFor(jwk, alg) && (kind.kty !== 'RSA' || bitsOf(jwk['n']) >= MIN_RSA_BITS)
}

/** RFC 7517 sections 4.2 to 4.4: a key may say what it is for, and then is for nothing else. */
function isMeantFor({ alg: own, use, key_ops: operations }: JsonObject, alg: string): boolean {
  const named = typeof own === 'string' ? (OTHER_NAMES[own] ?? own) : own
  if (named !== undefined && named !== alg) return false
  if (use !== undefined && use !== 'sig') return false
  return operations === undefined || (Array.isArray(operations) && operations.includes('verify'))
}

/** Bits of an unsigned number in base64url; 0 for what is none. */
export function bitsOf(modulus: unknown): number {
  if (typeof modulus !== 'string') return 0
  try {
    const bytes = base64url.decode(modulus)
    const first = bytes.findIndex((byte) => byte !== 0)
    return first < 0 ? 0 : (bytes.length - first) * 8 - Math.clz32(bytes[first] ?? 0) + 24
  } catch {
    return 0
  }
}
