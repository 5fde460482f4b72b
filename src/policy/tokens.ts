/** `tokens:`, the issuers whose tokens are verified here. */
import type { TokenConfig } from '../authentication/config.ts'
import { type Cursor, follow, placeOfKey, placeOfValue } from '../source/cursor.ts'
import { errorAt, type Problem } from '../source/problem.ts'
import type { Defined } from './definitions.ts'
import { durationMillis } from './fields.ts'
import type { TokenBlock } from './schema.ts'

/** What issuers sign with most. A key of another kind has to be named, so that no key chooses for itself (threat T6). */
const ALGORITHMS = ['RS256', 'ES256']
const CLOCK_SKEW_MS = 30_000

export function readToken({ name, value, at }: Defined<TokenBlock>, problems: Problem[]): TokenConfig {
  if (name === 'upstream') problems.push(reserved(at))
  problems.push(...checkKeys(name, value, at))
  return {
    name,
    issuer: value.issuer,
    audience: [value.audience].flat(),
    keys: value.jwks ? { jwks: value.jwks } : { uri: value.jwks_uri ?? '' },
    algorithms: [...new Set<string>(value.algorithms ?? ALGORITHMS)],
    clockSkew: value.clock_skew === undefined ? CLOCK_SKEW_MS : durationMillis(value.clock_skew),
    ...(value.client_id_claim !== undefined && { clientIdClaim: value.client_id_claim }),
  }
}

const reserved = (at: Cursor): Problem =>
  errorAt(
    'P0105',
    placeOfKey(at),
    '`token: upstream` means that the upstream checks the token, so no issuer has that name',
  )

function checkKeys(name: string, { jwks, jwks_uri: uri }: TokenBlock, at: Cursor): Problem[] {
  if (jwks && uri !== undefined) {
    const message = `tokens.${name} has its keys from two places`
    return [errorAt('P0313', placeOfKey(follow(at, 'jwks')), message, { help: 'keep `jwks_uri` or `jwks`' })]
  }
  if (uri !== undefined) return checkUri(uri, follow(at, 'jwks_uri'))
  if (jwks) return jwks.keys.flatMap((key, index) => checkKey(key, follow(at, 'jwks', 'keys', index)))
  const message = `tokens.${name} has no keys to verify a token with`
  return [errorAt('P0313', placeOfKey(at), message, { help: 'add `jwks_uri:`, or the keys under `jwks:`' })]
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/** Whoever can change the keys on their way can sign any token. */
function checkUri(uri: string, at: Cursor): Problem[] {
  const url = URL.canParse(uri) ? new URL(uri) : undefined
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.includes(url.hostname))) return []
  return [errorAt('P0313', placeOfValue(at), `\`${uri}\` is no https address`, { help: 'write https://...' })]
}

/** RFC 7518 section 6: kinds of public keys, and the members that only a private or secret key has. */
const PUBLIC_KINDS = ['RSA', 'EC', 'OKP']
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

function checkKey(key: Readonly<Record<string, unknown>>, at: Cursor): Problem[] {
  const secret = PRIVATE_MEMBERS.find((member) => Object.hasOwn(key, member))
  if (secret !== undefined) {
    const message = `the key has a \`${secret}\`: it is private, and everybody can read this file`
    const help = 'replace the key at the issuer, since it is known now, and put the public one here'
    return [errorAt('P0313', placeOfKey(follow(at, secret)), message, { help })]
  }
  if (PUBLIC_KINDS.some((kind) => kind === key['kty'])) return []
  return [
    errorAt(
      'P0313',
      placeOfValue(follow(at, 'kty')),
      'the `kty` of a key must be RSA, EC or OKP: only those have a public half',
    ),
  ]
}
