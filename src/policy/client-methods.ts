/** `authentication:` of a client, with the keys or the certificate that belong to it. */
import type { AssertionConfig, ClientConfig, ClientMethod } from '../clients/config.ts'
import { type Cursor, follow, placeOfKey, placeOfValue } from '../source/cursor.ts'
import { errorAt, type Problem } from '../source/problem.ts'
import type { Defined } from './definitions.ts'
import { durationMillis } from './fields.ts'
import { type ClientBlock, tlsAttributes } from './schema-client.ts'
import { checkIssuerAddress, checkKey } from './token-keys.ts'

type AssertionBlock = NonNullable<ClientBlock['assertion']>

/** RFC 7518 section 3.1: what is recommended of the asymmetric ones; another has to be named. */
const ALGORITHMS = ['RS256', 'ES256']
const MAX_LIFETIME_MS = 300_000
const CLOCK_SKEW_MS = 30_000
const STALE_KEYS_MS = 24 * 3_600_000

/** Nothing where the client says nothing: it then authenticates as `secrets` says. */
export function readMethod(value: ClientBlock): Pick<ClientConfig, 'authentication' | 'assertion' | 'tls'> {
  const { authentication, assertion, tls } = value
  return {
    ...(authentication && { authentication }),
    ...(assertion && { assertion: readAssertion(assertion) }),
    ...(tls && { tls: { subjectDn: tls.subject_dn ?? '' } }),
  }
}

function readAssertion(block: AssertionBlock): AssertionConfig {
  const { jwks, jwks_uri: uri = '', allowed_key_ids: ids } = block
  return {
    keys: jwks ? { jwks } : { uri, staleFor: millis(block.stale_keys, STALE_KEYS_MS) },
    algorithms: [...new Set<string>(block.algorithms ?? ALGORITHMS)],
    audience: [block.audience].flat(),
    ...(ids && { allowedKeyIds: ids }),
    singleUse: block.single_use_jti ?? false,
    maxLifetime: millis(block.max_lifetime, MAX_LIFETIME_MS),
    clockSkew: millis(block.clock_skew, CLOCK_SKEW_MS),
  }
}

const millis = (written: string | undefined, otherwise: number): number =>
  written === undefined ? otherwise : durationMillis(written)

/** Whether method, secrets, keys and certificate fit together: one proof for a client, and no second one left over. */
export function checkMethod(client: Defined<ClientBlock>): Problem[] {
  const { assertion, tls } = client.value
  return [
    ...checkSecretsFit(client),
    ...beside(client, 'assertion', 'private_key_jwt'),
    ...beside(client, 'tls', 'tls_client_auth'),
    ...(assertion ? checkAssertion(client.name, assertion, follow(client.at, 'assertion')) : []),
    ...(tls ? checkTls(client.name, tls, follow(client.at, 'tls')) : []),
  ]
}

const KEYED: readonly (ClientMethod | undefined)[] = ['private_key_jwt', 'tls_client_auth']

function checkSecretsFit({ name, value, at }: Defined<ClientBlock>): Problem[] {
  const { authentication: method, secrets } = value
  if (KEYED.includes(method)) {
    if (secrets === undefined) return []
    const message = `\`${method}\` proves who ${name} is, and it has \`secrets\` as well`
    return [errorAt('P0315', placeOfKey(follow(at, 'secrets')), message, { help: 'delete the line' })]
  }
  if (method === undefined || secrets === undefined || (method === 'none') === (secrets === 'none')) return []
  const message =
    method === 'none'
      ? `\`authentication: none\` is for public clients, and ${name} has secrets`
      : `\`${method}\` needs a secret, and ${name} has \`secrets: none\``
  const help = method === 'none' ? 'write `secrets: none`, or another method' : 'write `authentication: none`'
  return [errorAt('P0315', placeOfValue(follow(at, 'authentication')), message, { help })]
}

function beside(
  { name, value, at }: Defined<ClientBlock>,
  field: 'assertion' | 'tls',
  method: ClientMethod,
): Problem[] {
  const isThere = value[field] !== undefined
  const isAsked = value.authentication === method
  if (isThere === isAsked) return []
  return isThere
    ? [
        errorAt('P0315', placeOfKey(follow(at, field)), `\`${field}\` is for \`authentication: ${method}\``, {
          help: `write \`authentication: ${method}\`, or delete the block`,
        }),
      ]
    : [
        errorAt(
          'P0315',
          placeOfValue(follow(at, 'authentication')),
          `${name} has nothing to check \`${method}\` with`,
          {
            help: `add \`${field}:\``,
          },
        ),
      ]
}

function checkAssertion(name: string, { jwks, jwks_uri: uri }: AssertionBlock, at: Cursor): Problem[] {
  if ((jwks === undefined) === (uri === undefined)) {
    const message = jwks
      ? `${name} has its keys from two places`
      : `${name} has no keys to verify an assertion with`
    return [errorAt('P0313', placeOfKey(at), message, { help: 'write `jwks_uri:` or `jwks:`' })]
  }
  if (uri !== undefined) return checkIssuerAddress(uri, follow(at, 'jwks_uri'))
  return (jwks?.keys ?? []).flatMap((key, index) => checkKey(key, follow(at, 'jwks', 'keys', index)))
}

/**
 * Cloudflare hands the Worker the subject of a verified certificate and none of its alternative names, so those cannot be
 * compared today. A policy that asks for it is refused, since the alternative is to compare nothing.
 */
function checkTls(name: string, tls: NonNullable<ClientBlock['tls']>, at: Cursor): Problem[] {
  const named = tlsAttributes.filter((attribute) => tls[attribute] !== undefined)
  const hidden = named.filter((attribute) => attribute !== 'subject_dn')
  const problems = hidden.map((attribute) => {
    const message = `\`${attribute}\` cannot be checked: the platform tells the subject of a certificate, not its alternative names`
    return errorAt('P0316', placeOfKey(follow(at, attribute)), message, { help: 'write `subject_dn:`' })
  })
  if (named.length === 1) return problems
  const message = `${name} must be known by one attribute of its certificate`
  return [...problems, errorAt('P0315', placeOfKey(at), message, { help: 'write `subject_dn:`' })]
}
