/** The policy that the gateway enforces while it is loaded: everything on, as a deployment would have it. */
import { createHash } from 'node:crypto'
import type { CompiledPolicy } from '../src/policy/model.ts'
import { compiled } from '../test/support/example.ts'
import { basic } from '../test/support/facts.ts'
import type { Shot } from './load.ts'

export const CLIENTS = 1_000
const LIST_ENTRIES = 10

/** As the shipped policy has it: all denials, and a sample of the rest. */
const GATEWAY = `
policy_format: 1
gateway:
  client_address_from: cf-connecting-ip
  decision_log: { denials: all, allowed: 10%, client_address: prefix }
`

/** `wide` is never used up at any speed of this machine; of `narrow` five come free each second. */
export const narrow = { rate: 300, burst: 50, periodSeconds: 60 }

const api = (): string => `
policy_format: 1
upstream: { name: api, title: API, prefix: /api, origin: "\${API_ORIGIN}", authorization: forward }
client_features: { reader: reads records, writer: writes them }
rate_groups:
  wide: { period: 1m, rate: 60000000, burst: 10000000, per: client }
  narrow: { period: 1m, rate: ${narrow.rate}, burst: ${narrow.burst}, per: client }
routes:
  records:
    doc: one record
    paths: ["/records/{id}", "/records/{id}/parts/**"]
    auth: basic
    respects_allow_list: true
    callers: { GET: [reader], POST: [writer] }
    rate_group: wide
  exports:
    doc: what may be fetched a few times a second
    paths: ["/exports/{id}"]
    auth: basic
    respects_allow_list: true
    callers: { GET: [reader] }
    rate_group: narrow
`

const clients = (): string => `
policy_format: 1
clients:
${Array.from({ length: CLIENTS }, (_, n) => clientYaml(n)).join('\n')}
`

const secretOf = (n: number): string => `a-long-random-secret-of-client-${n}`
const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex')

/** Networks of two addresses each, none next to another, so that none can be merged. */
function clientYaml(n: number): string {
  const list = Array.from({ length: LIST_ENTRIES }, (_, at) => `10.${n >> 8}.${n & 255}.${at * 20}/31`)
  return `  c${n}:
    upstream: api
    client_id: "client-${n}"
    features: [reader]
    allow_list: [${list.join(', ')}]
    deny_list: [10.${n >> 8}.${n & 255}.21]
    secrets: [{ hash: "sha256:${hashOf(secretOf(n))}", generated_bits: 256, expires: 2099-01-01 }]`
}

/** @param origin - of the upstream */
export const benchPolicy = (origin: string): Promise<CompiledPolicy> =>
  compiled({ 'gateway.yaml': GATEWAY, 'api.yaml': api(), 'clients.yaml': clients() }, { api: origin })

/** A call of client `n` with its secret, from one of its addresses or from one beside them. */
export const basicShot = (path: string, n: number, from: 'inside' | 'outside' = 'inside'): Shot => ({
  path,
  headers: {
    Authorization: basic(`client-${n}`, secretOf(n)),
    'CF-Connecting-IP': `10.${n >> 8}.${n & 255}.${from === 'inside' ? 60 : 62}`,
    Accept: 'application/json',
    'User-Agent': 'bench/1',
  },
})
