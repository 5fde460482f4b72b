/** A policy that tries out a route, the lists of a client and a rate group. */
import type { CompiledPolicy } from '../../src/policy/model.ts'
import { compiled, gatewayYaml } from './example.ts'

/** @param line - `report_only: { until: DATE }`, or nothing to have the same policy with nothing tried out */
export const trialYaml = (line: string): Readonly<Record<string, string>> => ({
  'gateway.yaml': gatewayYaml.replace('100%', '0%'),
  'api.yaml': `
policy_format: 1
upstream: { name: api, title: API, prefix: /api, origin: "https://api.example", deny_list: [203.0.113.66] }
client_features: { owner: everything }
rate_groups:
  few: { period: 1h, rate: 3, burst: 3, per: client }
  fewer:
    { period: 1h, rate: 1, burst: 1, per: client${line && `, ${line}`} }
  early:
    { period: 1h, rate: 1, burst: 1, per: address, before_auth: true${line && `, ${line}`} }
routes:
  tried:
    paths: [/tried]
    auth: basic
    respects_allow_list: true
    callers: { GET: [owner] }
    rate_group: few
    allow_list: [192.0.2.0/24, 198.51.100.0/24, 203.0.113.66]
    ${line}
  plain:
    paths: [/plain]
    auth: basic
    respects_allow_list: true
    callers: { GET: [owner] }
  counted:
    paths: [/counted]
    auth: basic
    respects_allow_list: false
    callers: { GET: authenticated }
    rate_group: [few, fewer]
  counted-alone:
    paths: [/counted-alone]
    auth: basic
    respects_allow_list: false
    callers: { GET: authenticated }
    rate_group: fewer
  counted-early:
    paths: [/counted-early]
    auth: basic
    respects_allow_list: false
    callers: { GET: authenticated }
    rate_group: early
clients:
  acme: { upstream: api, client_id: "acme", features: [owner], allow_list: [192.0.2.0/24], secrets: upstream }
  plain: { upstream: api, client_id: "plain", allow_list: any, secrets: upstream }
  moving:
    upstream: api
    client_id: "moving"
    features: [owner]
    allow_list: [192.0.2.0/24]
    secrets: upstream
    ${line}
  new:
    upstream: api
    client_id: "new"
    allow_list: [192.0.2.0/24]
    secrets: upstream
    ${line}
`,
})

export const trialPolicy = (line: string): Promise<CompiledPolicy> => compiled(trialYaml(line))
