/** The part of the policy format that describes API clients (docs/ibm-verify-settings.md for the vendor's names). */
import { z } from 'zod'
import {
  count,
  date,
  durationUpTo,
  featureName,
  formed,
  list,
  name,
  oneOrMore,
  reportOnly,
  scopeName,
  text,
} from './fields.ts'

export const addresses = z
  .array(text().describe('An address, a range a-b, a network a/b, or a name under `networks:`'))
  .min(1, { error: 'an empty list is the same as no list; leave it out' })

export const allowList = (empty: string) =>
  z.union([z.literal('any'), z.array(text()).min(1, { error: empty })], {
    error: 'must be `any` or a list of addresses, ranges, networks and names of networks',
  })

/** Kinds of signature that only the holder of a private key can make. */
export const publicKeyAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
]

/** Keys that are not secret: at an address, or in the policy itself. */
export const publicKeys = {
  jwks_uri: text().optional(),
  jwks: z.strictObject({ keys: list(z.record(z.string(), z.unknown())) }).optional(),
}

const secret = z.strictObject({
  hash: formed(
    /^sha256:[0-9a-f]{64}$/,
    'must be `sha256:` and 64 digits 0-9 a-f, as `sallyport client new-secret` prints it',
  ),
  generated_bits: count(),
  expires: date(),
  note: text().optional(),
})

/** Seed: client authentication method, names as the OAuth registry has them (RFC 7591 section 2, RFC 8705). */
const methods = [
  'default',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'tls_client_auth',
  'none',
] as const

const assertion = z.strictObject({
  ...publicKeys,
  audience: oneOrMore(text(), 'must be an audience, or a list of them'),
  algorithms: list(z.enum(publicKeyAlgorithms)).optional(),
  allowed_key_ids: list(text()).optional(),
  single_use_jti: z.boolean().optional(),
  max_lifetime: durationUpTo('1h', 'an assertion that was stolen is good for so long').optional(),
  clock_skew: durationUpTo('5m', 'expired assertions are accepted for so long').optional(),
  stale_keys: durationUpTo('7d', 'a key that was taken back is accepted for so long').optional(),
})

/** RFC 8705 section 2.1.2. */
export const tlsAttributes = ['subject_dn', 'san_dns', 'san_uri', 'san_ip', 'san_email'] as const

const tls = z.partialRecord(z.enum(tlsAttributes), text())

const features = z.union([z.array(featureName()), z.strictObject({ all_except: z.array(featureName()) })], {
  error: 'must be a list of features, or `all_except:` with one',
})

/** Whoever proves itself by a key or a certificate has no secret; everybody else says where theirs is. */
const KEYED = ['private_key_jwt', 'tls_client_auth']

const clientFields = z.strictObject({
  upstream: oneOrMore(name(), 'must be the name of an upstream, or a list of names'),
  client_id: text().max(256, { error: 'must have at most 256 characters' }),
  enabled: z.boolean().optional(),
  contact: text().optional(),
  doc: text().optional(),
  features: features.optional(),
  custom_scopes: list(scopeName()).optional(),
  allow_list: allowList(
    'an empty list allows nobody; write `any`, or `enabled: false` to switch the client off',
  ),
  deny_list: addresses.optional(),
  report_only: reportOnly().optional(),
  authentication: z.enum(methods).optional(),
  secrets: z
    .union([z.enum(['none', 'upstream']), list(secret)], {
      error: 'must be `none`, `upstream` or a list of hashes',
    })
    .optional(),
  assertion: assertion.optional(),
  tls: tls.optional(),
})

export const client = clientFields
  .refine(
    ({ authentication = '', secrets }) => secrets !== undefined || KEYED.includes(authentication),
    // Said beside the client's other mistakes too, like any field that is missing.
    { path: ['secrets'], when: ({ value }) => typeof value === 'object' && value !== null },
  )
  .meta({
    if: { required: ['authentication'], properties: { authentication: { enum: KEYED } } },
    else: { required: ['secrets'] },
  })

export type ClientBlock = z.infer<typeof client>
