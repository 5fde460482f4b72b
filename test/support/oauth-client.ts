/** `openid-client` as an API client of the gateway would use it. */
import {
  type ClientAuth,
  ClientSecretBasic,
  Configuration,
  type CustomFetch,
  clientCredentialsGrant,
  customFetch,
  discovery,
  fetchProtectedResource,
  WWWAuthenticateChallengeError,
} from 'openid-client'
import { APP_ID_HOST, CLOUDENTITY_HOST, PUBLIC, SECRET, VERIFY_ISSUER } from './oauth-vendors.ts'
import { JWT_RESOURCE } from './provider.ts'

export type Parameters = Record<string, string>

/** What a token request asks for: an opaque token, or a JWT. */
export const opaque: Parameters = {}
export const jwt: Parameters = { resource: JWT_RESOURCE }

/**
 * What stands before the gateway: its public name, and the address of whoever calls. A client that would go anywhere
 * else fails.
 */
export const edge =
  (gatewayUrl: string, address: string): CustomFetch =>
  (url, { body, headers, method, redirect, signal }) => {
    const { origin, pathname, search } = new URL(url)
    if (origin !== PUBLIC) throw new Error(`${url} is not at the gateway`)
    return fetch(`${gatewayUrl}${pathname}${search}`, {
      method,
      redirect,
      headers: { ...headers, 'cf-connecting-ip': address },
      ...(body && { body: String(body) }),
      ...(signal && { signal }),
    })
  }

const bySecret = ClientSecretBasic(SECRET)

/** Verify's documents name the gateway, so there is nothing more to configure than the issuer. */
export const verifyClient = (through: CustomFetch, id: string, proof: ClientAuth = bySecret) =>
  discovery(new URL(VERIFY_ISSUER), id, undefined, proof, { [customFetch]: through })

export const appIdClient = (through: CustomFetch, id: string, proof: ClientAuth = bySecret) =>
  movedClient(`${APP_ID_HOST}/oauth/v4/tenant-1`, '/app-id', through, id, proof)

export const cloudentityClient = (through: CustomFetch, id: string, proof: ClientAuth = bySecret) =>
  movedClient(`${CLOUDENTITY_HOST}/acme/system`, '/cloudentity', through, id, proof)

/** The other vendors' documents name their own hosts, so the client's addresses are turned to the gateway. */
async function movedClient(
  issuer: string,
  prefix: string,
  through: CustomFetch,
  id: string,
  proof: ClientAuth,
): Promise<Configuration> {
  const { origin, pathname } = new URL(issuer)
  const document = new URL(`${PUBLIC}${prefix}${pathname}/.well-known/openid-configuration`)
  const found = await discovery(document, id, undefined, proof, { [customFetch]: through })
  const { supportsPKCE: _, ...metadata } = found.serverMetadata()
  const moved = Object.entries(metadata).map(([name, value]) => [
    name,
    typeof value === 'string' && name !== 'issuer' ? value.replace(origin, `${PUBLIC}${prefix}`) : value,
  ])
  const config = new Configuration({ issuer, ...Object.fromEntries(moved) }, id, undefined, proof)
  config[customFetch] = through
  return config
}

export const tokenOf = async (config: Configuration, parameters = opaque): Promise<string> =>
  (await clientCredentialsGrant(config, parameters)).access_token

/** Status and body of a call with a token; the client throws where there is a challenge. */
export async function used(config: Configuration, token: string, path: string) {
  try {
    const response = await fetchProtectedResource(config, token, new URL(`${PUBLIC}${path}`), 'GET')
    return { status: response.status, body: await response.json() }
  } catch (error) {
    if (error instanceof WWWAuthenticateChallengeError)
      return { status: error.status, challenge: error.cause[0] }
    throw error
  }
}

/** A token that the gateway had no part in: from the time before something changed. */
export async function tokenFromVendor(endpoint: string, id: string, parameters = opaque): Promise<string> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${encodeURIComponent(id)}:${encodeURIComponent(SECRET)}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...parameters }),
  })
  const { access_token: token } = (await response.json()) as { access_token: string }
  return token
}
