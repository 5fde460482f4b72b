/** Clients of every kind at a route with `auth: client`, and what they send. */
import { exportJWK, generateKeyPair } from 'jose'
import { expect } from 'vitest'
import { byClient, type ClientPorts } from '../../src/authentication/client.ts'
import { keyFinder } from '../../src/authentication/keys.ts'
import { memoryLedger } from '../../src/authentication/memory-ledger.ts'
import type { AssertionConfig, ClientConfig } from '../../src/clients/config.ts'
import { policyRegistry } from '../../src/clients/memory.ts'
import type { SecretCheck } from '../../src/clients/secret.ts'
import type { BodyText, Facts } from '../../src/decision/facts.ts'
import type { ClientRoute } from '../../src/routing/config.ts'
import { clientConfig as client } from './client-config.ts'
import { basic, bodyOf, facts } from './facts.ts'

export const TOKEN_ENDPOINT = 'https://up.example/token'
export const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

export const form = (fields: Record<string, string>): Partial<Facts> =>
  raw(new URLSearchParams(fields).toString())
export const raw = (text: string): Partial<Facts> => body({ kind: 'form', text, boundary: '' })
export const json = (text: string): Partial<Facts> => body({ kind: 'json', text, boundary: '' })
export const body = (sent: BodyText): Partial<Facts> => ({ body: bodyOf(sent) })
export const header = (id: string, secret: string): Partial<Facts> => ({ authorization: basic(id, secret) })

/** The secret of client `acme` is `secret-acme`. */
const checkSecret: SecretCheck = (secret, accepted) =>
  accepted.some(({ sha256 }) => secret === `secret-${sha256}`)

export const keys = await makeKeys()
async function makeKeys() {
  const [own, other] = await Promise.all([
    generateKeyPair('ES256', { extractable: true }),
    generateKeyPair('ES256'),
  ])
  return { own, other, jwk: { ...(await exportJWK(own.publicKey)), kid: 'one' } }
}

const assertionConfig = (changes: Partial<AssertionConfig> = {}): AssertionConfig => ({
  keys: { jwks: { keys: [keys.jwk] } },
  algorithms: ['ES256'],
  audience: [TOKEN_ENDPOINT],
  allowedKeyIds: ['one'],
  singleUse: true,
  maxLifetime: 300_000,
  clockSkew: 30_000,
  ...changes,
})

const clients = (): ClientConfig[] => [
  client('default'),
  client('basic', { authentication: 'client_secret_basic' }),
  client('post', { authentication: 'client_secret_post' }),
  client('off', { enabled: false }),
  client('kept', { secrets: 'upstream' }),
  client('public', { secrets: 'none' }),
  client('a:b', { secrets: [{ sha256: 'colon', expires: Number.POSITIVE_INFINITY }] }),
  client('plus', { secrets: [{ sha256: 'a+b', expires: Number.POSITIVE_INFINITY }] }),
  client('x y'),
  client('x+y'),
  client('narrow', { secrets: 'upstream' }),
  client('n%61rrow', { secrets: 'upstream' }),
  client('elsewhere', { upstreams: [1] }),
  client('signer', { authentication: 'private_key_jwt', secrets: [], assertion: assertionConfig() }),
  client('signer-off', {
    enabled: false,
    authentication: 'private_key_jwt',
    secrets: [],
    assertion: assertionConfig(),
  }),
  client('machine', {
    authentication: 'tls_client_auth',
    secrets: [],
    tls: { subjectDn: 'CN=batch,O=Acme' },
  }),
]

const ROUTE: ClientRoute = {
  credentialsIn: ['form', 'json', 'multipart'],
  bearer: 'refuse',
  tokenRequest: true,
  excessScopes: 'refuse',
}

export const run = (
  changes: Partial<Facts>,
  route: Partial<ClientRoute> = {},
  ports: Partial<ClientPorts> = {},
) =>
  byClient(
    { facts: facts({ method: 'POST', ...changes }), upstream: 0, route: { ...ROUTE, ...route }, limit: 1000 },
    {
      registry: policyRegistry(clients()),
      checkSecret,
      keys: keyFinder({
        variable: () => undefined,
        fetchSet: () => Promise.reject(new Error('nothing is fetched here')),
        pause: async () => {},
        keepAlive: () => {},
      }),
      assertions: memoryLedger(),
      ...ports,
    },
  )

export const expectClient = async (outcome: ReturnType<typeof run>, name: string) =>
  expect(await outcome).toMatchObject({ ok: true, value: { principal: { client: { name }, by: 'client' } } })

export const expectRefused = async (outcome: ReturnType<typeof run>, reason: string, why?: string) =>
  expect(await outcome).toMatchObject({ ok: false, error: why === undefined ? { reason } : { reason, why } })

export const part = (name: string, value: string) =>
  `--B\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
