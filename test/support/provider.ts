/** A real authorization server (`oidc-provider`) on loopback, on the paths of a vendor, with an API beside it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { Provider } from 'oidc-provider'

export type ProviderSetup = {
  /** As it stands in `iss`. */
  readonly issuer: string
  /** Under which address its documents name its endpoints: its own, or that of a gateway in front. */
  readonly publicBase: string
  readonly paths: ProviderPaths
  readonly algorithm: 'RS256' | 'ES256'
  readonly clients: readonly RegisteredClient[]
  /** `aud` of a JWT; opaque tokens have none. */
  readonly audience: (clientId: string) => string
  readonly scopes?: readonly string[]
  /** Of a client's tokens, in seconds, where it is not ten minutes. */
  readonly lifetimes?: Readonly<Record<string, number>>
  /** Whether its API looks at the token itself. */
  readonly checksTokens?: boolean
}

export type ProviderPaths = {
  readonly discovery: string
  readonly token: string
  readonly introspection: string
  readonly revocation: string
  readonly jwks: string
  readonly authorization: string
}

export type RegisteredClient = {
  readonly client_id: string
  readonly client_secret?: string
  readonly token_endpoint_auth_method: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt'
  readonly token_endpoint_auth_signing_alg?: 'ES256'
  readonly jwks?: { readonly keys: readonly JWK[] }
}

export type RunningProvider = {
  readonly origin: string
  /** How often a path was called. */
  readonly calls: (path: string) => number
  /** Publishes these keys instead; the first one signs. What was issued before stays issued. */
  readonly publish: (keys: readonly JWK[]) => void
  /** While it is down, every connection to one of the OAuth paths is cut. The API goes on. */
  readonly down: (isDown: boolean) => void
  readonly close: () => Promise<void>
}

/** A token for this resource is a JWT; without one tokens are opaque. */
export const JWT_RESOURCE = 'https://api.acme.example/jwt'

const LIFETIME_SECONDS = 600

/** @returns a private key of the server's, with its id */
export async function signingKey(kid: string, alg: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  return { ...(await exportJWK(privateKey)), kid, alg, use: 'sig' }
}

/** @param keys - private ones; the first one signs */
export async function startProvider(setup: ProviderSetup, keys: readonly JWK[]): Promise<RunningProvider> {
  const counts = new Map<string, number>()
  const store = new Map<string, object>()
  const ours = new Set(Object.values(setup.paths))
  let provider = providerWith(setup, keys, store)
  let isDown = false

  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0] ?? ''
    counts.set(path, (counts.get(path) ?? 0) + 1)
    if (!ours.has(path)) return void api(request, response, setup, provider)
    if (isDown) return void request.socket.destroy()
    toPublic(request, setup)
    provider.callback()(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    calls: (path) => counts.get(path) ?? 0,
    publish: (next) => {
      provider = providerWith(setup, next, store)
    },
    down: (now) => {
      isDown = now
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The package has one key set for life, so new keys are a new server over the same store, as after a deployment. */
function providerWith(
  { issuer, paths, algorithm, clients, audience, lifetimes = {}, scopes = [] }: ProviderSetup,
  keys: readonly JWK[],
  store: Map<string, object>,
): Provider {
  const { discovery: _, ...routes } = paths
  const enabled = { enabled: true, allowedPolicy: () => true }
  const provider = new Provider(issuer, {
    routes,
    jwks: { keys },
    adapter: (model: string) => memoryOf(model, store),
    clientDefaults: {
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      id_token_signed_response_alg: algorithm,
    },
    clients,
    scopes,
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: enabled,
      revocation: enabled,
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_: unknown, __: unknown, client: { readonly clientId: string }) => ({
          scope: scopes.join(' '),
          audience: audience(client.clientId),
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: algorithm } },
        }),
      },
    },
    ttl: {
      ClientCredentials: (_: unknown, __: unknown, client: { readonly clientId: string }) =>
        lifetimes[client.clientId] ?? LIFETIME_SECONDS,
    },
  })
  provider.proxy = true
  return provider
}

/** The package's interface to a database. Expired entries may stay: it looks at their dates itself. */
const memoryOf = (model: string, store: Map<string, object>) => ({
  upsert: async (id: string, payload: object) => void store.set(`${model}:${id}`, payload),
  find: async (id: string) => store.get(`${model}:${id}`),
  destroy: async (id: string) => void store.delete(`${model}:${id}`),
  consume: async () => {},
})

/**
 * What a vendor's own front does: its host name, and discovery where this vendor has it. The package finds the path
 * before its own in `originalUrl`, as Express and Connect leave it there.
 */
function toPublic(request: IncomingMessage, { publicBase, paths }: ProviderSetup): void {
  const { protocol, host, pathname } = new URL(publicBase)
  const url = request.url === paths.discovery ? '/.well-known/openid-configuration' : request.url
  request.headers['x-forwarded-proto'] = protocol.slice(0, -1)
  request.headers['x-forwarded-host'] = host
  Object.assign(request, { url, originalUrl: `${pathname === '/' ? '' : pathname}${url}` })
}

/** The API of the same vendor: says what reached it, and where it put what was posted. */
async function api(
  { method, url, headers }: IncomingMessage,
  response: ServerResponse,
  { checksTokens }: ProviderSetup,
  { ClientCredentials }: Provider,
): Promise<void> {
  const [, token = ''] = /^Bearer (.+)$/.exec(headers.authorization ?? '') ?? []
  const isRefused = checksTokens && (await ClientCredentials.find(token)) === undefined
  if (method === 'POST') response.setHeader('location', `http://${headers.host}${url}/1`)
  response.writeHead(isRefused ? 401 : method === 'POST' ? 201 : 200, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ path: url, client: headers['x-sallyport-client'] }))
}
