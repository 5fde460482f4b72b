/** A policy with a client of every kind, for the tests on the production runtime. */
import { createHash } from 'node:crypto'
import type { JWK } from 'jose'
import { gatewayYaml } from './example.ts'

const hash = (secret: string): string => `sha256:${createHash('sha256').update(secret).digest('hex')}`
const secrets = (...each: string[]): string =>
  `[${each.map((secret) => `{ hash: "${hash(secret)}", generated_bits: 256, expires: 2099-01-01 }`).join(', ')}]`

/** @param keys - of the client `signer`; those of `remote` are at `jwksUri` */
export const clientsYaml = (keys: readonly JWK[], jwksUri: string): Readonly<Record<string, string>> => ({
  'gateway.yaml': gatewayYaml,
  'clients.yaml': `
policy_format: 1
clients:
  either: { upstream: up, client_id: "either", allow_list: any, secrets: ${secrets('s-either')} }
  basic:
    upstream: up
    client_id: "basic"
    allow_list: any
    authentication: client_secret_basic
    secrets:
      - { hash: "${hash('s-new')}", generated_bits: 256, expires: 2099-01-01 }
      - { hash: "${hash('s-old')}", generated_bits: 256, expires: 2099-01-01, note: kept while the batch rotates }
      - { hash: "${hash('s-ended')}", generated_bits: 256, expires: 2020-01-01 }
  post: { upstream: up, client_id: "post", allow_list: any, authentication: client_secret_post, secrets: ${secrets('s-post')} }
  office: { upstream: up, client_id: "office", allow_list: [192.0.2.0/24], secrets: ${secrets('s-office')} }
  off: { upstream: up, client_id: "off", allow_list: any, enabled: false, secrets: ${secrets('s-off')} }
  kept: { upstream: up, client_id: "kept", allow_list: any, secrets: upstream }
  public: { upstream: up, client_id: "public", allow_list: any, secrets: none }
  reader:
    upstream: up
    client_id: "reader"
    allow_list: any
    custom_scopes: [openid, read]
    secrets: ${secrets('s-reader')}
  signer:
    upstream: up
    client_id: "signer"
    allow_list: any
    authentication: private_key_jwt
    assertion:
      audience: https://up.example/token
      jwks: ${JSON.stringify({ keys })}
      algorithms: [ES256]
      allowed_key_ids: [one]
      single_use_jti: true
  remote:
    upstream: up
    client_id: "remote"
    allow_list: any
    authentication: private_key_jwt
    assertion: { audience: https://up.example/token, jwks_uri: "${jwksUri}", algorithms: [ES256] }
  machine:
    upstream: up
    client_id: "machine"
    allow_list: any
    authentication: tls_client_auth
    tls: { subject_dn: "CN=batch,O=Acme" }
`,
  'upstreams/up.yaml': `
policy_format: 1
upstream:
  name: up
  title: Upstream
  prefix: /
  origin: https://up.example
  timeout: 2s
  errors: oauth
  authorization: forward
  credentials: [basic, signature]
  credentials_in: [form, json, multipart]
  excess_scopes: cut_down
routes:
  token:
    paths: [/token]
    auth: client
    token_request: true
    respects_allow_list: true
    callers: { POST: authenticated }
  introspect:
    paths: [/introspect]
    auth: client
    credentials_in: [form]
    bearer: ignore
    respects_allow_list: true
    callers: { POST: authenticated }
  records:
    paths: [/records]
    auth: basic
    respects_allow_list: true
    callers: { POST: authenticated }
  bulk:
    paths: [/bulk]
    auth: basic
    body_limit: 1MiB
    respects_allow_list: true
    callers: { POST: authenticated }
error_bodies:
  oauth:
    unauthenticated: { body: { error: invalid_client, error_description: "\${request_id}" } }
    scope: { body: { error: invalid_scope, error_description: "\${request_id}" } }
    bad_request: { body: { error: invalid_request, error_description: "\${request_id}" } }
`,
})
