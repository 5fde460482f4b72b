/** What the soak runs against: a policy with a route for each kind of traffic, its callers, and their tokens. */
import { createHash, randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { compileTexts } from '../../src/policy/compile.ts'
import type { CompiledPolicy } from '../../src/policy/model.ts'
import type { Quota } from '../../src/ratelimit/config.ts'

/** The groups whose admissions are audited. Rates that the traffic exceeds, so that the limiter has work. */
export const limited = {
  /** The Admin group of Cloudentity's table, counted by the object alone. */
  strict: { period: 60_000, rate: 300, burst: 50 },
  /** Its OpenBanking group, whose requests isolates may take in advance. */
  leased: { period: 60_000, rate: 600, burst: 100 },
  /** Counted by address, before credentials are read. */
  early: { period: 60_000, rate: 60, burst: 20 },
  /** Refused credentials, by address. */
  failed: { period: 60_000, rate: 20, burst: 20 },
} as const satisfies Readonly<Record<string, Quota>>

/** As long as can be: on a machine with other work, a limiter that is late would be taken for one that failed. */
const PATIENCE = '5s'

export type LimitedGroup = keyof typeof limited

/** Addresses of RFC 5737; the two below the allow list differ by the deny list. */
export const ALLOWED = '192.0.2.10'
export const DENIED = '192.0.2.66'
export const ALLOWED_IPV6 = '2001:db8::77'

const AUDIENCE = 'soak'
const ISSUER = 'https://issuer.example/soak'
/** Longer than any soak. */
const TOKEN_LIFE = '48h'

export type Callers = {
  /** Authorization header of a client by name, with its own secret. */
  readonly basic: (client: Client) => string
  /** Tokens that are good, all of one key. */
  readonly goodTokens: readonly string[]
  /** Tokens that are refused: expired, for somebody else, by an unknown key, without a signature, cut. */
  readonly badTokens: readonly string[]
  /** The issuer's public keys, as a JSON text. */
  readonly jwks: string
  readonly policy: (origin: string) => Promise<CompiledPolicy>
}

const clients = ['steady', 'busy', 'keen'] as const
export type Client = (typeof clients)[number]

/** Makes secrets and keys of their own for each run. */
export async function newCallers(): Promise<Callers> {
  const secrets = new Map<Client, string>(
    clients.map((name) => [name, randomBytes(24).toString('base64url')]),
  )
  const { goodTokens, badTokens, jwks } = await newTokens()
  return {
    basic: (client) => `Basic ${Buffer.from(`${client}:${secrets.get(client)}`).toString('base64')}`,
    goodTokens,
    badTokens,
    jwks,
    policy: (origin) => compiledFor(origin, secrets),
  }
}

async function newTokens(): Promise<Pick<Callers, 'goodTokens' | 'badTokens' | 'jwks'>> {
  const [own, foreign] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')])
  const token = (audience: string, expires: string | Date, key = own.privateKey, kid = 'own') =>
    new SignJWT({ scope: 'profile' })
      .setProtectedHeader({ alg: 'ES256', kid, typ: 'at+jwt' })
      .setIssuer(ISSUER)
      .setAudience(audience)
      .setExpirationTime(expires)
      .setJti(randomBytes(8).toString('hex'))
      .sign(key)
  const goodTokens = await Promise.all(Array.from({ length: 20 }, () => token(AUDIENCE, TOKEN_LIFE)))
  const [good = ''] = goodTokens
  const badTokens = await Promise.all([
    token(AUDIENCE, new Date(0)),
    token('somebody else', TOKEN_LIFE),
    token(AUDIENCE, TOKEN_LIFE, foreign.privateKey),
    token(AUDIENCE, TOKEN_LIFE, foreign.privateKey, randomBytes(8).toString('hex')),
    unsigned(good),
    good.slice(0, -20),
    'x'.repeat(16_000),
  ])
  const jwk = { ...(await exportJWK(own.publicKey)), kid: 'own', alg: 'ES256', use: 'sig' }
  return { goodTokens, badTokens, jwks: JSON.stringify({ keys: [jwk] }) }
}

/** The claims of a good token under `alg: none` (RFC 8725 section 2.1). */
function unsigned(good: string): string {
  const header = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')
  return `${header}.${good.split('.')[1] ?? ''}.`
}

async function compiledFor(origin: string, secrets: ReadonlyMap<Client, string>): Promise<CompiledPolicy> {
  const texts = { 'soak.yaml': soakYaml(origin, secrets) }
  const { policy, problems } = await compileTexts(texts)
  if (policy === undefined) throw new Error(JSON.stringify(problems, undefined, 2))
  return policy
}

const quota = ({ period, rate, burst }: Quota): string =>
  `period: ${period}ms, rate: ${rate}, burst: ${burst}`

const client = ([name, secret]: readonly [Client, string]): string => `
  ${name}:
    upstream: soak
    client_id: "${name}"
    features: [owner]
    allow_list: [192.0.2.0/24, "2001:db8::/64"]
    deny_list: [${DENIED}]
    secrets:
      - hash: sha256:${createHash('sha256').update(secret).digest('hex')}
        generated_bits: 192
        expires: 2099-01-01`

const soakYaml = (origin: string, secrets: ReadonlyMap<Client, string>): string => `
policy_format: 1
gateway:
  default_rate_group: wide
  failed_auth: { ${quota(limited.failed)} }
  decision_log: { denials: all, allowed: 0%, client_address: full }
  limiter: { budget: ${PATIENCE} }
rate_groups:
  wide: { period: 1m, rate: 600000, burst: 600000, per: client }
  strict: { ${quota(limited.strict)}, per: client, consistency: strict }
  leased: { ${quota(limited.leased)}, per: client, consistency: leased }
  early: { ${quota(limited.early)}, per: address, before_auth: true }
tokens:
  issuer: { issuer: "${ISSUER}", audience: ${AUDIENCE}, jwks_uri: "${origin}/jwks", algorithms: [ES256] }
upstream: { name: soak, title: Soak, prefix: /, origin: "${origin}", timeout: 20s }
client_features: { owner: everything, nobody: nothing }
clients:${[...secrets].map(client).join('')}
routes:
  open:
    doc: open to everyone
    paths: ["/open/**"]
    auth: none
    why_no_auth: nothing secret is there
    respects_allow_list: false
    callers: { GET: anyone, POST: anyone }
  config:
    doc: respects the allow list
    paths: ["/config/{id}"]
    auth: basic
    respects_allow_list: true
    callers: { GET: [owner], POST: [owner], PUT: [owner], DELETE: [nobody] }
  me: { doc: needs a token, paths: [/me], auth: token, token: issuer, respects_allow_list: false, callers: { GET: authenticated } }
  strict: { doc: limited, paths: [/strict], auth: basic, respects_allow_list: true, callers: { GET: [owner] }, rate_group: strict }
  leased: { doc: limited, paths: [/leased], auth: basic, respects_allow_list: true, callers: { GET: [owner] }, rate_group: leased }
  early: { doc: limited, paths: [/early], auth: none, why_no_auth: counted by address, respects_allow_list: false, callers: { GET: anyone }, rate_group: early }
`
