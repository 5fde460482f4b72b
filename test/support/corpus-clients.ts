/** API clients of all four packs, for requests of every kind. The secret of a client is `s3cret-` and its name. */
import { createHash } from 'node:crypto'

const LISTED = '[192.0.2.0/24, 198.51.100.7, 203.0.113.16-203.0.113.31, "2001:db8:1::/48"]'
const DENIED = '[192.0.2.64/26, "2001:db8:1:66::/64"]'

type Fields = Readonly<Record<string, string>>

/** What a client is made of, where it is not a plain one that may call from anywhere. */
const clients: Readonly<Record<string, Fields>> = {
  'a-owner': { upstream: 'akamai', features: '[owner]', allow_list: LISTED, deny_list: DENIED },
  'a-direct': { upstream: 'akamai', features: '[direct_access]' },
  'a-reader': { upstream: 'akamai', features: '[direct_read_access]', allow_list: LISTED },
  'a-issuer': { upstream: 'akamai', features: '[access_issuer, metadata]', deny_list: DENIED },
  'a-login': { upstream: 'akamai', features: '[login_client]', secrets: 'none' },
  'a-kept': { upstream: 'akamai', features: '[owner]', secrets: 'upstream' },
  'a-tried': {
    upstream: 'akamai',
    features: '[direct_access]',
    allow_list: LISTED,
    deny_list: DENIED,
    report_only: '{ until: 2099-01-01 }',
  },
  'a-off': { upstream: 'akamai', features: '[owner]', enabled: 'false' },
  'i-plain': { upstream: 'app-id' },
  'i-listed': { upstream: 'app-id', allow_list: LISTED, deny_list: DENIED },
  'i-post': { upstream: 'app-id', authentication: 'client_secret_post' },
  'i-public': { upstream: 'app-id', secrets: 'none' },
  'i-scoped': { upstream: 'app-id', custom_scopes: '[openid, read]' },
  'i-off': { upstream: 'app-id', enabled: 'false' },
  'c-plain': { upstream: 'cloudentity' },
  'c-listed': { upstream: 'cloudentity', allow_list: LISTED },
  'c-off': { upstream: 'cloudentity', enabled: 'false' },
  'v-most': { upstream: 'verify', features: '{ all_except: [manageUserGroups] }', allow_list: LISTED },
  'v-users': { upstream: 'verify', features: '[manageUserGroups, manageDevicesAnyUser]', deny_list: DENIED },
  'v-tried': { upstream: 'verify', allow_list: LISTED, report_only: '{ until: 2099-01-01 }' },
  'v-nothing': { upstream: 'verify' },
  'v-off': { upstream: 'verify', features: '[manageUserGroups]', enabled: 'false' },
  'both-ibm': { upstream: '[verify, app-id]', features: '[readUserGroups]', allow_list: LISTED },
}

export const clientNames = Object.keys(clients)

export const secretOf = (name: string): string => `s3cret-${name}`

const hashOf = (name: string): string => createHash('sha256').update(secretOf(name)).digest('hex')

export const clientsYaml = `policy_format: 1\nclients:\n${clientNames.map(clientYaml).join('')}`

function clientYaml(name: string): string {
  const secrets = `[{ hash: "sha256:${hashOf(name)}", generated_bits: 256, expires: 2099-01-01 }]`
  const fields = { client_id: `"${name}"`, allow_list: 'any', secrets, ...clients[name] }
  const lines = Object.entries(fields).map(([field, value]) => `    ${field}: ${value}\n`)
  return `  ${name}:\n${lines.join('')}`
}
