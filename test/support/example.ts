/** The policy of docs/threats.md's test requests: open, protected and token routes on one upstream at the root. */
import { compileTexts } from '../../src/policy/compile.ts'
import type { CompiledPolicy } from '../../src/policy/model.ts'

/** SHA-256 of `s3cret-acme` and so on, as `sallyport client new-secret` would print them. */
async function hash(secret: string): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret))
  return `sha256:${Buffer.from(bytes).toString('hex')}`
}

/**
 * Compiles YAML texts by file name; throws with every problem when they do not load.
 *
 * @param origins - by upstream name
 */
export async function compiled(
  texts: Readonly<Record<string, string>>,
  origins: Readonly<Record<string, string>> = {},
): Promise<CompiledPolicy> {
  const { policy, problems } = await compileTexts(texts, { origins: new Map(Object.entries(origins)) })
  if (policy === undefined) throw new Error(JSON.stringify(problems, undefined, 2))
  return policy
}

export const gatewayYaml = `
policy_format: 1
gateway:
  client_address_from: cf-connecting-ip
  default_rate_group: wide
  decision_log: { denials: all, allowed: 100%, client_address: full }
rate_groups:
  wide: { period: 1m, rate: 60000, burst: 60000, per: client }
`

export const exampleYaml = async (): Promise<Readonly<Record<string, string>>> => ({
  'gateway.yaml': gatewayYaml,
  'clients.yaml': `
policy_format: 1
clients:
  acme:
    upstream: gw
    client_id: "acme"
    features: [owner]
    allow_list: [192.0.2.0/24]
    deny_list: [192.0.2.66]
    secrets: [{ hash: "${await hash('s3cret:acme')}", generated_bits: 256, expires: 2099-01-01 }]
  six:
    upstream: gw
    client_id: "six"
    features: [direct_access]
    allow_list: ["2001:db8::/64"]
    deny_list: ["2001:db8::1"]
    secrets: [{ hash: "${await hash('s3cret:six')}", generated_bits: 256, expires: 2099-01-01 }]
  denying:
    upstream: gw
    client_id: "denying"
    features: [owner]
    allow_list: any
    deny_list: [192.0.2.66]
    secrets: [{ hash: "${await hash('s3cret:denying')}", generated_bits: 256, expires: 2099-01-01 }]
`,
  'upstreams/gw.yaml': `
policy_format: 1
upstream: { name: gw, title: Example, prefix: /, origin: "\${GW_ORIGIN}", timeout: 2s }
client_features: { owner: everything, direct_access: reads }
routes:
  public:
    doc: open to everyone
    paths: [/public/**]
    auth: none
    why_no_auth: nothing secret is there
    respects_allow_list: false
    callers: { GET: anyone, POST: anyone }
  config:
    doc: the API clients
    paths: [/config/clients, "/config/clients/{id}"]
    auth: basic
    respects_allow_list: true
    callers: { GET: [owner, direct_access], POST: [owner], DELETE: [owner] }
  me:
    doc: the token's own record
    paths: [/me]
    auth: token
    token: upstream
    respects_allow_list: false
    callers: { GET: authenticated }
`,
})
