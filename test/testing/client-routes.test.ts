/** Policy tests call routes with `auth: client` as the client named there would, by its own method. */
import { describe, expect, test } from 'vitest'
import { compileTexts } from '../../src/policy/compile.ts'
import { policyRunner } from '../../src/testing/runner.ts'

const policyYaml = (route: string) => `
policy_format: 1
gateway: { default_rate_group: all }
rate_groups: { all: { period: 1m, rate: 10, burst: 10 } }
upstream: { name: up, title: Upstream, prefix: /, origin: https://up.example }
client_features: { issuer: issues tokens }
routes:
  token:
    paths: [/token]
    auth: client
    respects_allow_list: true
    callers: { POST: [issuer] }
${route}
clients:
  basic: { upstream: up, client_id: "a", features: [issuer], allow_list: any, authentication: client_secret_basic, secrets: upstream }
  post: { upstream: up, client_id: "b", features: [issuer], allow_list: any, authentication: client_secret_post, secrets: upstream }
  public: { upstream: up, client_id: "c", features: [issuer], allow_list: any, secrets: none }
  signer:
    upstream: up
    client_id: "d"
    features: { all_except: [] }
    allow_list: any
    custom_scopes: [read]
    authentication: private_key_jwt
    assertion:
      audience: https://up.example/token
      jwks_uri: https://keys.example/jwks
      algorithms: [PS512]
      allowed_key_ids: [one]
      single_use_jti: true
      max_lifetime: 1s
  machine:
    upstream: up
    client_id: "e"
    features: [issuer]
    allow_list: [192.0.2.1]
    authentication: tls_client_auth
    tls: { subject_dn: CN=e }
  featureless: { upstream: up, client_id: "f", allow_list: any, secrets: upstream }
tests:
  - { client: basic, allowed: [POST /token, POST /token] }
  - { client: post, allowed: [POST /token] }
  - { client: public, allowed: [POST /token] }
  - { client: signer, scopes: [read], allowed: [POST /token, POST /token] }
  - { client: machine, from: 192.0.2.1, allowed: [POST /token] }
  - { client: machine, from: 192.0.2.2, denied: { address_not_allowed: [POST /token] } }
  - { client: featureless, denied: { feature_missing: [POST /token] } }
  - { denied: { credentials_missing: [POST /token] } }
  - columns: { POST: POST /token }
    table: |
      | Feature | POST |
      | issuer  | ✓    |
  - respects_allow_list: { POST /token: true }
`

const SCOPES = `  - { client: signer, scopes: [read, write], denied: { scope_excess: [POST /token] } }
  - { client: basic, scopes: [write], allowed: [POST /token] }
`

const failures = async (yaml: string): Promise<unknown[]> => {
  const { policy, tests, problems } = await compileTexts({ 'up.yaml': yaml })
  expect(problems).toEqual([])
  if (policy === undefined) throw new Error('no policy')
  const runner = policyRunner(policy)
  const results = (await Promise.all(tests.map(runner.run))).flat()
  expect(results.length).toBeGreaterThanOrEqual(11)
  return results
    .filter(({ passed }) => !passed)
    .map(({ case: { request }, decision }) => [request.text, decision])
}

describe.each(['form', 'json', 'multipart'])('in a %s body', (kind) => {
  test('every kind of client, of the policy and of a table', async () => {
    expect(await failures(policyYaml(`    credentials_in: [${kind}]`))).toEqual([])
  })

  test('scopes are asked for where the route takes token requests', async () => {
    const yaml = policyYaml(`    credentials_in: [${kind}]\n    token_request: true`)
    expect(await failures(yaml + SCOPES)).toEqual([])
  })
})
