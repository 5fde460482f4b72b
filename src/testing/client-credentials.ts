/** How a test's client proves itself on a route with `auth: client`: by the method that it declares. */
import type { ClientConfig } from '../clients/config.ts'
import type { BodyKind, BodyText, ClientCertificate } from '../decision/facts.ts'
import type { ClientRoute } from '../routing/config.ts'
import { basicHeader, TEST_SECRET } from './basic-header.ts'
import type { TokenMaker } from './tokens.ts'

export type ProvenClient = Pick<ClientConfig, 'clientId'> &
  Partial<Pick<ClientConfig, 'authentication' | 'assertion' | 'tls' | 'secrets'>>

export type SentByClient = {
  readonly authorization?: string
  readonly body?: BodyText
  readonly certificate?: ClientCertificate
}

/**
 * @param client - undefined for a caller who is none
 * @param scopes - asked for where the route takes token requests
 */
export async function clientCredentials(
  client: ProvenClient | undefined,
  scopes: readonly string[] | undefined,
  route: ClientRoute,
  tokens: TokenMaker,
): Promise<SentByClient> {
  const asked = route.tokenRequest ? tokenRequest(scopes) : {}
  if (client === undefined) return bodyOf(asked, route)
  const id = { client_id: client.clientId }
  switch (client.authentication ?? (client.secrets === 'none' ? 'none' : 'default')) {
    case 'default':
    case 'client_secret_basic':
      return { authorization: basicHeader(client.clientId), ...bodyOf(asked, route) }
    case 'client_secret_post':
      return bodyOf({ ...asked, ...id, client_secret: TEST_SECRET }, route)
    case 'private_key_jwt':
      return bodyOf({ ...asked, ...(await asserted(client, tokens)) }, route)
    case 'tls_client_auth':
      return { ...bodyOf({ ...asked, ...id }, route), ...certificateOf(client) }
    case 'none':
      return bodyOf({ ...asked, ...id }, route)
  }
}

type Fields = Readonly<Record<string, string>>

const tokenRequest = (scopes: readonly string[] | undefined): Fields => ({
  grant_type: 'client_credentials',
  ...(scopes !== undefined && scopes.length > 0 && { scope: scopes.join(' ') }),
})

async function asserted({ clientId, assertion }: ProvenClient, tokens: TokenMaker): Promise<Fields> {
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await tokens.assert(clientId, assertion?.audience[0] ?? ''),
  }
}

const certificateOf = ({ tls }: ProvenClient): SentByClient => ({
  certificate: { verified: true, subjectDn: tls?.subjectDn ?? '', fingerprintSha256: '0'.repeat(64) },
})

/** In the first kind that the route takes. */
function bodyOf(fields: Fields, { credentialsIn }: ClientRoute): SentByClient {
  const kind = credentialsIn[0] ?? 'form'
  return Object.keys(fields).length === 0
    ? {}
    : { body: { kind, text: textOf(fields, kind), boundary: BOUNDARY } }
}

const BOUNDARY = 'policy-test'

function textOf(fields: Fields, kind: BodyKind): string {
  if (kind === 'json') return JSON.stringify(fields)
  if (kind === 'form') return new URLSearchParams(fields).toString()
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  return `${parts.join('')}--${BOUNDARY}--\r\n`
}
