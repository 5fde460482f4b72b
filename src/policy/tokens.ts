/** `tokens:`, the issuers whose tokens are verified here. */
import type { IntrospectionConfig, KeysConfig, TokenConfig } from '../authentication/config.ts'
import { type Cursor, follow, placeOfKey, placeOfValue } from '../source/cursor.ts'
import { errorAt, type Problem } from '../source/problem.ts'
import type { Defined } from './definitions.ts'
import { durationMillis, variableName } from './fields.ts'
import { secretAlgorithms, type TokenBlock } from './schema.ts'
import { checkIssuerAddress, checkKey } from './token-keys.ts'

/** What issuers sign with most. A key of another kind has to be named, so that no key chooses for itself (threat T6). */
const ALGORITHMS = ['RS256', 'ES256']
const SECRET_ALGORITHMS = ['HS256']
const CLOCK_SKEW_MS = 30_000
const STALE_KEYS_MS = 24 * 3_600_000

export function readToken({ name, value, at }: Defined<TokenBlock>, problems: Problem[]): TokenConfig {
  if (name === 'upstream') problems.push(reserved(at))
  problems.push(...checkSources(name, value, at), ...checkAlgorithms(value, at), ...checkUseless(value, at))
  const keys = keysOf(value)
  return {
    name,
    issuer: value.issuer,
    audience: [value.audience].flat(),
    ...(keys && { keys }),
    ...(value.introspection && { introspection: introspectionOf(value.introspection) }),
    algorithms: keys ? [...new Set<string>(value.algorithms ?? defaultAlgorithms(value))] : [],
    ...(value.type && { type: value.type }),
    clockSkew: value.clock_skew === undefined ? CLOCK_SKEW_MS : durationMillis(value.clock_skew),
    ...(value.client_id_claim !== undefined && { clientIdClaim: value.client_id_claim }),
  }
}

const defaultAlgorithms = ({ secret }: TokenBlock): readonly string[] =>
  secret === undefined ? ALGORITHMS : SECRET_ALGORITHMS

function keysOf({ jwks, jwks_uri: uri, secret, stale_keys: stale }: TokenBlock): KeysConfig | undefined {
  if (jwks) return { jwks }
  if (secret !== undefined) return { env: variableName(secret) }
  return uri === undefined
    ? undefined
    : { uri, staleFor: stale === undefined ? STALE_KEYS_MS : durationMillis(stale) }
}

const introspectionOf = (block: NonNullable<TokenBlock['introspection']>): IntrospectionConfig => ({
  endpoint: block.endpoint,
  clientId: block.client_id,
  secretEnv: variableName(block.client_secret),
  auth: block.auth ?? 'basic',
})

const reserved = (at: Cursor): Problem =>
  errorAt(
    'P0105',
    placeOfKey(at),
    '`token: upstream` means that the upstream checks the token, so no issuer has that name',
  )

/** Where keys may come from; an issuer has one of them at most. */
const SOURCES = ['jwks_uri', 'jwks', 'secret'] as const

function checkSources(name: string, value: TokenBlock, at: Cursor): Problem[] {
  const [source, second] = SOURCES.filter((field) => value[field] !== undefined)
  const { introspection, jwks, jwks_uri: uri } = value
  const endpoint = follow(at, 'introspection', 'endpoint')
  const problems = introspection ? checkIssuerAddress(introspection.endpoint, endpoint) : []
  if (second !== undefined) {
    const message = `tokens.${name} has its keys from two places`
    const help = `keep ${SOURCES.filter((field) => value[field] !== undefined)
      .map((field) => `\`${field}\``)
      .join(' or ')}`
    return [...problems, errorAt('P0313', placeOfKey(follow(at, second)), message, { help })]
  }
  if (source === undefined && introspection === undefined) {
    const message = `tokens.${name} has no keys to verify a token with`
    const help = 'add `jwks_uri:`, or the keys under `jwks:`, or `introspection:` for opaque tokens'
    return [errorAt('P0313', placeOfKey(at), message, { help })]
  }
  if (uri !== undefined) problems.push(...checkIssuerAddress(uri, follow(at, 'jwks_uri')))
  const keys = jwks?.keys ?? []
  return [...problems, ...keys.flatMap((key, index) => checkKey(key, follow(at, 'jwks', 'keys', index)))]
}

/**
 * A public key must never be taken for a secret: whoever knows it, everybody, could then sign (threat T6,
 * RFC 8725 section 3.1).
 */
function checkAlgorithms({ algorithms = [], secret }: TokenBlock, at: Cursor): Problem[] {
  return algorithms.flatMap((algorithm, index) => {
    if (secretAlgorithms.includes(algorithm) === (secret !== undefined)) return []
    const message =
      secret === undefined
        ? `\`${algorithm}\` needs a \`secret:\` that issuer and gateway share`
        : `\`${algorithm}\` needs public keys, and this issuer has a secret`
    return [errorAt('P0313', placeOfValue(follow(at, 'algorithms', index)), message)]
  })
}

/** Fields that would say something about keys that are not there. */
function checkUseless(value: TokenBlock, at: Cursor): Problem[] {
  const hasKeys = keysOf(value) !== undefined
  const useless = [
    ...(hasKeys ? [] : (['algorithms', 'type'] as const)),
    ...(value.jwks_uri === undefined ? (['stale_keys'] as const) : []),
  ].filter((field) => value[field] !== undefined)
  return useless.map((field) => {
    const message =
      field === 'stale_keys'
        ? '`stale_keys` is for `jwks_uri`'
        : `\`${field}\` is for tokens that keys verify`
    return errorAt('P0313', placeOfKey(follow(at, field)), message, { help: 'delete the line' })
  })
}
