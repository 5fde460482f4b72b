/**
 * A policy to attack: one upstream with a route of each kind, and clients with secrets that are made for one run and
 * known to nobody else. `attack --demo` lays it over the demonstration's own policy.
 */

import type { Millis } from '../base/time.ts'
import type { PolicyInput } from '../policy/compile.ts'
import type { CompiledPolicy } from '../policy/model.ts'
import { newKey, type Signer } from './forge.ts'
import type { Armed } from './scene.ts'

export const RANGE = 'range'

const names = ['range-owner', 'range-reader', 'range-six', 'range-limited'] as const
const issuers = ['range-tokens', 'range-others'] as const

export type Range = {
  readonly input: PolicyInput
  /** Of the compiled policy. */
  readonly armed: (policy: CompiledPolicy) => readonly Armed[]
  readonly signers: (policy: CompiledPolicy) => readonly Signer[]
}

/**
 * Makes secrets and keys that nobody has seen before: nothing of a range is worth stealing, and none is ever deployed.
 *
 * @param random - cryptographically strong
 * @param now - when the tokens are made
 */
export async function newRange(random: (count: number) => Uint8Array, now: () => Millis): Promise<Range> {
  const secrets = new Map(names.map((name) => [name, `${name}:${hex(random(16))}`]))
  const pairs = await Promise.all(issuers.map(async (name) => ({ name, ...(await newKey()) })))
  const hashes = await Promise.all(
    [...secrets].map(async ([name, secret]) => [name, await hash(secret)] as const),
  )
  const keys = pairs.map(
    ({ name, publicKey }) => [name, JSON.stringify({ ...publicKey, alg: 'ES256' })] as const,
  )
  const yaml = rangeYaml(Object.fromEntries(hashes), Object.fromEntries(keys))
  const name = `${RANGE}.yaml`
  return {
    input: { path: name, name, bytes: new TextEncoder().encode(yaml) },
    armed: ({ clients }) =>
      clients.flatMap((client) => {
        const [, secret] = [...secrets].find(([each]) => each === client.name) ?? []
        return secret === undefined ? [] : [{ client, secret }]
      }),
    signers: ({ tokens }) =>
      tokens.flatMap((issuer) => {
        const pair = pairs.find((each) => each.name === issuer.name)
        return pair === undefined ? [] : [{ issuer, key: pair.key, now }]
      }),
  }
}

/** A colon in each secret: Basic ends the id at the first one, and some programs at the last. */
const hash = async (secret: string): Promise<string> =>
  `sha256:${hex(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret))))}`

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

type Texts = Readonly<Record<string, string>>

const rangeYaml = (hashes: Texts, keys: Texts): string => `
policy_format: 1
# Mounted below a prefix, so that stripping it can go wrong (threat P8); credentials stay with the gateway.
upstream:
  name: ${RANGE}
  title: The range of the attack
  prefix: /range
  origin: \${RANGE_ORIGIN}
  timeout: 5s
  authorization: remove
  credentials: [basic]
  parameters: refuse
rate_groups:
  # Never in the way of an attack on something else.
  range-wide: { period: 1m, rate: 60000, burst: 60000, per: client }
  # One request an hour: whatever is served beyond the bucket was not earned.
  range-client: { period: 1h, rate: 1, burst: 6, per: client }
  range-address: { period: 1h, rate: 1, burst: 7, per: address }
client_features: { range-admin: everything, range-read: reads, range-sixth: reads over IPv6 }
clients:
  # May all, from one network but for one address of it.
  range-owner:
    ${clientLines(hashes['range-owner'])}
    client_id: "range-owner-client"
    features: [range-admin]
    allow_list: [192.0.2.0/24]
    deny_list: [192.0.2.66]
  range-reader:
    ${clientLines(hashes['range-reader'])}
    client_id: "range-reader-client"
    features: [range-read]
    allow_list: [192.0.2.0/24]
  # The same over IPv6, where addresses have many spellings (threat A8).
  range-six:
    ${clientLines(hashes['range-six'])}
    client_id: "range-six-client"
    features: [range-sixth]
    allow_list: ["2001:db8:6::/64"]
    deny_list: ["2001:db8:6::1"]
  # For floods: its bucket is used up, and nobody else's.
  range-limited:
    ${clientLines(hashes['range-limited'])}
    client_id: "range-limited-client"
    features: [range-read]
    allow_list: any
tokens:
${issuers.map((name) => issuerLines(name, keys[name])).join('\n')}
routes:
  # What other gateways are led astray behind: open, and with any rest.
  public:
    paths: [/public/**]
    auth: none
    why_no_auth: nothing secret is there
    respects_allow_list: false
    callers: { GET: anyone, POST: anyone }
    rate_group: range-wide
  # The protected route of every example in docs/threats.md.
  config:
    paths: [/config/clients, "/config/clients/{id}"]
    auth: basic
    respects_allow_list: true
    callers: { GET: [range-admin], POST: [range-admin], DELETE: [range-admin] }
    rate_group: range-wide
  six:
    paths: [/six/items]
    auth: basic
    respects_allow_list: true
    callers: { GET: [range-sixth] }
    rate_group: range-wide
  me:
    paths: [/me]
    auth: token
    token: upstream
    respects_allow_list: false
    callers: { GET: authenticated }
    rate_group: range-wide
  # Two methods and two routes for tokens of one issuer, each with a scope of its own (threats T1, T4).
  records:
    paths: [/records]
    auth: token
    token: range-tokens
    respects_allow_list: true
    callers: { GET: ["scope:records.read"], DELETE: ["scope:records.delete"] }
    rate_group: range-wide
  secrets:
    paths: [/secrets]
    auth: token
    token: range-tokens
    respects_allow_list: true
    callers: { GET: ["scope:secrets.read"] }
    rate_group: range-wide
  # The other issuer's (threat T2).
  others:
    paths: [/others]
    auth: token
    token: range-others
    respects_allow_list: true
    callers: { GET: ["scope:records.read"] }
    rate_group: range-wide
  # A limit by client and one by address (threats R1 to R3, R6).
  limited:
    paths: [/limited]
    auth: basic
    respects_allow_list: false
    callers: { GET: [range-read] }
    rate_group: range-client
  knock:
    paths: [/knock]
    auth: none
    why_no_auth: nothing secret is there
    respects_allow_list: false
    callers: { GET: anyone }
    rate_group: range-address
`

const clientLines = (secretHash = ''): string =>
  [
    `upstream: ${RANGE}`,
    'contact: attack@acme.example',
    `secrets: [{ hash: "${secretHash}", generated_bits: 128, expires: 2099-01-01 }]`,
  ].join('\n    ')

const issuerLines = (name: string, jwk = '{}'): string => `  ${name}:
    issuer: https://${name}.invalid
    audience: [range]
    jwks: { keys: [${jwk}] }
    algorithms: [ES256]
    client_id_claim: client_id`
