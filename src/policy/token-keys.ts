/** Keys and addresses of issuers, as far as they can be judged before any token comes. */
import { type Cursor, follow, placeOfKey, placeOfValue } from '../source/cursor.ts'
import { errorAt, type Problem } from '../source/problem.ts'

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/** Whoever can change an answer on its way decides which tokens are good. */
export function checkIssuerAddress(uri: string, at: Cursor): Problem[] {
  const url = URL.canParse(uri) ? new URL(uri) : undefined
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.includes(url.hostname))) return []
  return [errorAt('P0313', placeOfValue(at), `\`${uri}\` is no https address`, { help: 'write https://...' })]
}

/** RFC 7518 section 6: kinds of public keys, and the members that only a private or secret key has. */
const PUBLIC_KINDS = ['RSA', 'EC', 'OKP']
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** RFC 7518 section 3.3: 2048 bits, which are 342 characters of base64url. */
const MIN_MODULUS_CHARACTERS = 342

export function checkKey(key: Readonly<Record<string, unknown>>, at: Cursor): Problem[] {
  const secret = PRIVATE_MEMBERS.find((member) => Object.hasOwn(key, member))
  if (secret !== undefined) {
    const message = `the key has a \`${secret}\`: it is private, and everybody can read this file`
    const help = 'replace the key at the issuer, since it is known now, and put the public one here'
    return [errorAt('P0313', placeOfKey(follow(at, secret)), message, { help })]
  }
  const { kty, n } = key
  if (!PUBLIC_KINDS.some((kind) => kind === kty)) {
    const message = 'the `kty` of a key must be RSA, EC or OKP: only those have a public half'
    return [errorAt('P0313', placeOfValue(follow(at, 'kty')), message)]
  }
  if (kty === 'RSA' && !(typeof n === 'string' && n.length >= MIN_MODULUS_CHARACTERS)) {
    const message = 'an RSA key needs an `n` of at least 2048 bits'
    return [errorAt('P0313', placeOfValue(follow(at, 'n')), message)]
  }
  return []
}
