/** IBM Verify, App ID and Cloudentity, each with a real server, and the shipped packs with their own lines edited. */
import { readFile } from 'node:fs/promises'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import type { CompiledPolicy } from '../../src/policy/model.ts'
import { compiled } from './example.ts'
import { type RegisteredClient, type RunningProvider, signingKey, startProvider } from './provider.ts'

/** Where the gateway is known to the world. */
export const PUBLIC = 'https://gateway.acme.example'

/** A host name of the tenant's own, which the vendor's documents name: here it is the gateway's. */
export const VERIFY_ISSUER = `${PUBLIC}/verify/oauth2`
/** The vendors' own hosts, which their documents name whoever asks. */
export const APP_ID_HOST = 'https://eu-gb.appid.cloud.ibm.com'
export const CLOUDENTITY_HOST = 'https://acme.authz.cloudentity.io'

const VERIFY_AUDIENCE = 'https://acme.verify.ibm.example'
const GATEWAY_ID = '7d0e4b55-9a1c-4b8f-8f6b-2d113f0c2a64'
const GATEWAY_SECRET = 'introspection-secret'

/** With what form-encoding changes, and what a Basic header cannot hold as it is (RFC 6749 section 2.3.1). */
export const SECRET = 's3cret:+/=%&'
export const CRM = 'crm sync:eu'
export const SHORT_SECONDS = 5

export type Vendors = {
  readonly verify: RunningProvider
  readonly appId: RunningProvider
  readonly cloudentity: RunningProvider
  /** The first key of each, which signs. */
  readonly keys: { readonly verify: JWK; readonly cloudentity: JWK }
  /** Of the Verify client `batch`, which has no secret. */
  readonly batchKey: CryptoKey
  readonly policy: CompiledPolicy
  /** What the gateway on workerd needs in its environment. */
  readonly variables: Readonly<Record<string, string>>
  readonly close: () => Promise<void>
}

export async function startVendors(): Promise<Vendors> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const batchJwk = { ...(await exportJWK(publicKey)), kid: 'batch-1', alg: 'ES256' }
  const keys = { verify: await signingKey('v1', 'RS256'), cloudentity: await signingKey('c1', 'ES256') }
  const verify = await startVerify(keys.verify, batchJwk)
  const appId = await startAppId(await signingKey('a1', 'RS256'))
  const cloudentity = await startCloudentity(keys.cloudentity)
  const texts = { ...(await packs(verify.origin, cloudentity.origin)), 'test.yaml': await clients(batchJwk) }
  return {
    verify,
    appId,
    cloudentity,
    keys,
    batchKey: privateKey,
    policy: await compiled(texts, {
      verify: verify.origin,
      'app-id': appId.origin,
      cloudentity: cloudentity.origin,
    }),
    variables: { IBM_VERIFY_INTROSPECTION_SECRET: GATEWAY_SECRET },
    close: async () => void (await Promise.all([verify.close(), appId.close(), cloudentity.close()])),
  }
}

const basic = (client_id: string, client_secret = SECRET): RegisteredClient => ({
  client_id,
  client_secret,
  token_endpoint_auth_method: 'client_secret_basic',
})

const post = (client_id: string): RegisteredClient => ({
  ...basic(client_id),
  token_endpoint_auth_method: 'client_secret_post',
})

const startVerify = (key: JWK, batchJwk: JWK) =>
  startProvider(
    {
      issuer: VERIFY_ISSUER,
      publicBase: `${PUBLIC}/verify`,
      paths: {
        discovery: '/oauth2/.well-known/openid-configuration',
        token: '/oauth2/token',
        introspection: '/oauth2/introspect',
        revocation: '/oauth2/revoke',
        authorization: '/oauth2/authorize',
        jwks: '/v1.0/endpoint/default/jwks',
      },
      algorithm: 'RS256',
      audience: () => VERIFY_AUDIENCE,
      clients: [
        basic(GATEWAY_ID, GATEWAY_SECRET),
        basic(CRM),
        post('form'),
        basic('short'),
        basic('reports'),
        basic('rotation'),
        basic('outage'),
        basic('retired'),
        {
          client_id: 'batch',
          token_endpoint_auth_method: 'private_key_jwt',
          token_endpoint_auth_signing_alg: 'ES256',
          jwks: { keys: [batchJwk] },
        },
      ],
      scopes: ['reports.read', 'reports.write'],
      lifetimes: { short: SHORT_SECONDS },
    },
    [key],
  )

const startAppId = (key: JWK) =>
  startProvider(
    {
      issuer: `${APP_ID_HOST}/oauth/v4/tenant-1`,
      publicBase: APP_ID_HOST,
      paths: {
        discovery: '/oauth/v4/tenant-1/.well-known/openid-configuration',
        token: '/oauth/v4/tenant-1/token',
        introspection: '/oauth/v4/tenant-1/introspect',
        revocation: '/oauth/v4/tenant-1/revoke',
        authorization: '/oauth/v4/tenant-1/authorization',
        jwks: '/oauth/v4/tenant-1/publickeys',
      },
      algorithm: 'RS256',
      audience: (clientId) => clientId,
      clients: [basic('app'), basic('retired')],
      checksTokens: true,
    },
    [key],
  )

const startCloudentity = (key: JWK) =>
  startProvider(
    {
      issuer: `${CLOUDENTITY_HOST}/acme/system`,
      publicBase: CLOUDENTITY_HOST,
      paths: {
        discovery: '/acme/system/.well-known/openid-configuration',
        token: '/acme/system/oauth2/token',
        introspection: '/acme/system/oauth2/introspect',
        revocation: '/acme/system/oauth2/revoke',
        authorization: '/acme/system/oauth2/authorize',
        jwks: '/acme/system/.well-known/jwks.json',
      },
      algorithm: 'ES256',
      audience: (clientId) => clientId,
      clients: [basic('provisioning'), post('provisioning-form'), basic('retired')],
      scopes: ['view_clients', 'manage_clients'],
    },
    [key],
  )

/** The shipped files but for the fourth vendor's, with the lines changed that every tenant has to change. */
async function packs(verify: string, cloudentity: string): Promise<Readonly<Record<string, string>>> {
  const shipped = (name: string) => readFile(`policies/${name}`, 'utf8')
  return {
    'gateway.yaml': await shipped('gateway.yaml'),
    'rate-groups.yaml': await shipped('rate-groups.yaml'),
    'ibm-app-id.yaml': await shipped('upstreams/ibm-app-id.yaml'),
    'ibm-verify.yaml': edited(await shipped('upstreams/ibm-verify.yaml'), [
      ['issuer: https://acme.verify.ibm.example/oauth2\n', `issuer: ${VERIFY_ISSUER}\n`],
      ['jwks_uri: https://acme.verify.ibm.example/', `jwks_uri: ${verify}/`],
      ['endpoint: https://acme.verify.ibm.example/', `endpoint: ${verify}/`],
    ]),
    'cloudentity.yaml': edited(await shipped('upstreams/cloudentity.yaml'), [
      ['audience: [your-system-client-id]', 'audience: [provisioning, provisioning-form, retired]'],
      [`jwks_uri: ${CLOUDENTITY_HOST}/acme/system/`, `jwks_uri: ${cloudentity}/acme/system/`],
    ]),
  }
}

function edited(text: string, changes: readonly (readonly [from: string, to: string])[]): string {
  return changes.reduce((before, [from, to]) => {
    if (before.split(from).length !== 2) throw new Error(`the pack has no single ${from}`)
    return before.replace(from, to)
  }, text)
}

async function clients(batchJwk: JWK): Promise<string> {
  const hash = Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(SECRET)))
  const secrets = `secrets: [{ hash: "sha256:${hash.toString('hex')}", generated_bits: 256, expires: 2099-01-01 }]`
  const office = 'allow_list: [192.0.2.0/24]'
  return `
policy_format: 1
clients:
  crm: { upstream: verify, client_id: "${CRM}", features: [manageUserGroups], ${office}, authentication: client_secret_basic, ${secrets} }
  form: { upstream: verify, client_id: "form", features: [readUserGroups], ${office}, authentication: client_secret_post, ${secrets} }
  reports: { upstream: verify, client_id: "reports", features: [readUserGroups], custom_scopes: [reports.read], ${office}, ${secrets} }
  rotation: { upstream: verify, client_id: "rotation", features: [readUserGroups], ${office}, ${secrets} }
  outage: { upstream: verify, client_id: "outage", features: [readUserGroups], ${office}, ${secrets} }
  short: { upstream: verify, client_id: "short", features: [readUserGroups], ${office}, ${secrets} }
  batch:
    upstream: verify
    client_id: "batch"
    features: [readUserGroups]
    ${office}
    authentication: private_key_jwt
    assertion:
      jwks: { keys: [${JSON.stringify(batchJwk)}] }
      audience: ${VERIFY_ISSUER}
      algorithms: [ES256]
      allowed_key_ids: [batch-1]
      single_use_jti: true
  app: { upstream: app-id, client_id: "app", ${office}, ${secrets} }
  provisioning: { upstream: cloudentity, client_id: "provisioning", ${office}, secrets: upstream }
  provisioning-form: { upstream: cloudentity, client_id: "provisioning-form", ${office}, secrets: upstream }
  retired: { upstream: verify, client_id: "retired", enabled: false, features: [readUserGroups], ${office}, ${secrets} }
  retired-elsewhere: { upstream: [app-id, cloudentity], client_id: "retired", enabled: false, ${office}, ${secrets} }
`
}
