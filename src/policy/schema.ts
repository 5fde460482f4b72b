/**
 * The policy format, version 1: one strict definition for the loader and for the editors' JSON Schema.
 * What a field means stands in docs/policy.md; what a name must refer to is checked in the files beside this one.
 */
import { z } from 'zod'
import { reasonClasses } from '../faults/config.ts'
import {
  count,
  duration,
  durationUpTo,
  featureName,
  formed,
  host,
  list,
  name,
  oneOrMore,
  percentage,
  reportOnly,
  size,
  text,
  variable,
} from './fields.ts'
import { addresses, allowList, client, publicKeyAlgorithms, publicKeys } from './schema-client.ts'
import { testableReasons, testableReports } from './test-reasons.ts'

/** Lists of an upstream or a route, before the credentials are read. Without them every address may go on. */
const ownLists = {
  allow_list: allowList('an empty list allows nobody; write `any`, or leave the list out').optional(),
  deny_list: addresses.optional(),
}

const quota = { period: duration(), rate: count(), burst: count() }

const decisionLog = z.strictObject({
  denials: z.literal('all').optional(),
  allowed: percentage().optional(),
  client_address: z.enum(['full', 'prefix', 'none']).optional(),
  hide_query: z.array(text()).optional(),
})

/** An object answers in a few milliseconds; a request that waits longer for it has waited in vain. */
const budget = () => durationUpTo('5s', 'every request may have to wait so long for the limiter')

/** More objects than that are mostly cold ones, each of which costs its first caller a start. */
const MOST_SHARDS = 4096

const limiter = z.strictObject({
  shards: count()
    .max(MOST_SHARDS, { error: `must be at most ${MOST_SHARDS}` })
    .optional(),
  jurisdiction: z.enum(['eu', 'fedramp']).optional(),
  budget: budget().optional(),
})

const gateway = z.strictObject({
  client_address_from: z
    .literal('cf-connecting-ip', { error: 'must be `cf-connecting-ip`: no other header can be trusted' })
    .optional(),
  default_rate_group: name().optional(),
  decision_log: decisionLog.optional(),
  failed_auth: z.strictObject(quota).optional(),
  limiter: limiter.optional(),
})

const countedBy = z.enum(['tenant', 'client', 'token', 'address', 'route'])

const rateGroup = z.strictObject({
  ...quota,
  average: z.strictObject({ over: duration(), rate: count() }).optional(),
  per: oneOrMore(countedBy, 'must be tenant, client, token, address or route, or a list of them').optional(),
  before_auth: z.boolean().optional(),
  consistency: z.enum(['strict', 'leased']).optional(),
  on_failure: z.enum(['closed', 'local', 'open']).optional(),
  budget: budget().optional(),
  report_only: reportOnly().optional(),
})

/** Kinds of body that carry credentials on routes with `auth: client`. */
const bodyKind = z.enum(['form', 'json', 'multipart'])

/** What to do with an id and secret in parameters that stand beside Basic. */
const parameters = z.enum(['refuse', 'ignore'])

const upstream = z.strictObject({
  name: name(),
  title: text(),
  prefix: text(),
  hosts: list(host()).optional(),
  tenant: formed(
    /^\{[A-Za-z_][A-Za-z0-9_-]*\}$/,
    'must be a parameter of the paths, such as `{tid}`',
  ).optional(),
  origin: text(),
  origins: z.record(name(), text()).optional(),
  timeout: durationUpTo('1h', 'a caller does not wait longer').optional(),
  errors: name().optional(),
  authorization: z.enum(['forward', 'remove']).optional(),
  credentials: list(z.enum(['basic', 'form', 'query', 'signature'])).optional(),
  credentials_in: list(bodyKind).optional(),
  parameters: parameters.optional(),
  excess_scopes: z.enum(['cut_down', 'refuse']).optional(),
  disabled_client_tokens: z.enum(['refuse', 'until_expiry']).optional(),
  ...ownLists,
})

const callers = oneOrMore(
  text(),
  'must be `anyone`, `authenticated`, a caller set, or a list of features and scopes',
)

export const authKinds = ['basic', 'client_id', 'client', 'token', 'none'] as const

const route = z.strictObject({
  doc: text().optional(),
  paths: list(text()),
  auth: z.enum(authKinds),
  token: name().optional(),
  credentials_in: list(bodyKind).optional(),
  token_request: z.boolean().optional(),
  bearer: z.enum(['refuse', 'ignore']).optional(),
  parameters: parameters.optional(),
  body_limit: size().optional(),
  why_no_auth: text().optional(),
  respects_allow_list: z.boolean(),
  callers: z
    .record(text(), callers)
    .refine((methods) => Object.keys(methods).length > 0, {
      error: 'must name a method; a route without one could never be called',
    })
    .meta({ minProperties: 1 }),
  rate_group: oneOrMore(name(), 'must be the name of a rate group, or a list of names').optional(),
  cost: z
    .union([count(), z.record(text(), count())], { error: 'must be a whole number, or one for each method' })
    .optional(),
  errors: name().optional(),
  origin: name().optional(),
  ...ownLists,
  upgrade: z.literal('websocket').optional(),
  report_only: reportOnly().optional(),
})

/** With a secret that issuer and gateway share; never beside the others (threat T6). */
export const secretAlgorithms = ['HS256', 'HS384', 'HS512']

const introspection = z.strictObject({
  endpoint: text(),
  client_id: text(),
  client_secret: variable(),
  auth: z.enum(['basic', 'post']).optional(),
})

const token = z.strictObject({
  issuer: text(),
  audience: oneOrMore(text(), 'must be an audience, or a list of them'),
  ...publicKeys,
  secret: variable().optional(),
  stale_keys: durationUpTo(
    '7d',
    'a key that was withdrawn counts for so long while the issuer is down',
  ).optional(),
  introspection: introspection.optional(),
  algorithms: list(z.enum([...publicKeyAlgorithms, ...secretAlgorithms])).optional(),
  type: z.literal('at+jwt', { error: 'must be `at+jwt`, or left out' }).optional(),
  clock_skew: durationUpTo('5m', 'expired tokens are accepted for so long').optional(),
  client_id_claim: text().optional(),
})

const errorBody = z.strictObject({
  status: z
    .int({ error: 'must be a status: 200, or 400 to 599' })
    .refine((status) => status === 200 || (status >= 400 && status <= 599), {
      error: 'must be 200, or 400 to 599: the request was refused',
    })
    .meta({ anyOf: [{ const: 200 }, { minimum: 400, maximum: 599 }] })
    .optional(),
  body: z.unknown().optional(),
})

/** `METHOD /path`; the tests' own words are checked where the tests are read. */
const request = text().describe('METHOD /path, or METHOD https://host/path')

/** A word of the vendor's vocabulary, with what it opens. */
const feature = z.union([text(), z.strictObject({ description: text(), powerful: z.boolean().optional() })], {
  error: 'must be a description, or `description:` and `powerful:`',
})

const test = z.strictObject({
  name: text().optional(),
  client: name().optional(),
  from: text().optional(),
  token: name().optional(),
  scopes: z.array(text()).optional(),
  allowed: list(request).optional(),
  denied: z.partialRecord(z.enum(testableReasons), list(request)).optional(),
  would_deny: z.partialRecord(z.enum(testableReports), list(request)).optional(),
  columns: z.record(text(), request).optional(),
  table: text().optional(),
  respects_allow_list: z.record(request, z.boolean()).optional(),
})

const invariant = z.strictObject({
  name: text(),
  requests: list(text()),
  callers_within: list(text()).optional(),
  auth_within: list(z.enum(authKinds)).optional(),
})

/** Every file has this form. All blocks but the first may be left out. */
export const policyFile = z.strictObject({
  policy_format: z.literal(1),
  gateway: gateway.optional(),
  networks: z.record(name(), addresses).optional(),
  rate_groups: z.record(name(), rateGroup).optional(),
  tokens: z.record(name(), token).optional(),
  error_bodies: z.record(name(), z.partialRecord(z.enum(reasonClasses), errorBody)).optional(),
  clients: z.record(name(), client).optional(),
  upstream: upstream.optional(),
  client_features: z.record(featureName(), feature).optional(),
  caller_sets: z.record(name(), list(text())).optional(),
  routes: z.record(name(), route).optional(),
  tests: z.array(test).optional(),
  invariants: z.array(invariant).optional(),
})

export type PolicyDocument = z.infer<typeof policyFile>
export type GatewayBlock = z.infer<typeof gateway>
export type RateGroupBlock = z.infer<typeof rateGroup>
export type TokenBlock = z.infer<typeof token>
export type ErrorBodies = NonNullable<PolicyDocument['error_bodies']>[string]
export type UpstreamBlock = z.infer<typeof upstream>
export type RouteBlock = z.infer<typeof route>
export type FeatureField = z.infer<typeof feature>
export type CallersField = z.infer<typeof callers>
export type TestBlock = z.infer<typeof test>
export type InvariantBlock = z.infer<typeof invariant>
