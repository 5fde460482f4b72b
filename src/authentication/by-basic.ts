/** `auth: basic`: a client id and secret, from the header or wherever else the upstream takes them. */
import { fail, ok, type Result } from '../base/result.ts'
import type { ClientRegistry } from '../clients/registry.ts'
import { nobodysSecrets, type SecretCheck } from '../clients/secret.ts'
import type { Denial } from '../decision/denial.ts'
import type { Facts } from '../decision/facts.ts'
import { type Credentials, parseBasic, schemeParameter } from './basic.ts'
import type { CredentialPlace } from './config.ts'
import { type Parameters, type Place, readParameters } from './parameters.ts'
import type { Principal } from './principal.ts'

export type BasicPorts = { readonly registry: ClientRegistry; readonly checkSecret: SecretCheck }

export type BasicAt = {
  readonly facts: Facts
  /** Index of the upstream whose clients count. */
  readonly upstream: number
  /** Where an id and secret are accepted. */
  readonly places: readonly CredentialPlace[]
  /** Whether what stands anywhere else must agree, since the upstream reads it there. */
  readonly refusesOthers: boolean
  /** Of the body, in bytes. */
  readonly limit: number
}

type Outcome = Result<{ readonly principal: Principal }, Denial>

const ambiguous: Outcome = fail({ reason: 'credentials_ambiguous' })
const invalid = (why: string): Outcome => fail({ reason: 'credentials_invalid', why })

/** Every place where an upstream may find credentials beside the header. */
const ELSEWHERE: readonly Place[] = ['query', 'form', 'multipart']

/** Two different ones in one request are refused: which of them the upstream would take is not known. */
export async function byBasic(at: BasicAt, ports: BasicPorts): Promise<Outcome> {
  const { facts, places, refusesOthers, limit } = at
  const accepted = ELSEWHERE.filter((place) => places.some((each) => each === place))
  const all = await readParameters(facts, refusesOthers ? ELSEWHERE : accepted, limit)
  if (!all.ok) return all
  const header = places.includes('basic') || refusesOthers ? facts.authorization : undefined
  const signed = places.includes('signature') && header !== undefined ? signerOf(header) : undefined
  if (signed !== undefined) return bySignature(signed, all.value, at, ports)
  const fromHeader = header === undefined ? undefined : parseBasic(header)
  if (header !== undefined && (fromHeader === undefined || !places.includes('basic')))
    return invalid('not a Basic header')
  const sent = single(fromHeader, all.value)
  if (sent === 'ambiguous') return ambiguous
  if (fromHeader !== undefined) return proven(fromHeader, at, ports)
  const parameters = await readParameters(facts, accepted, limit)
  if (!parameters.ok) return parameters
  const pair = single(undefined, parameters.value)
  if (pair === 'ambiguous') return ambiguous
  return pair === undefined ? fail({ reason: 'credentials_missing' }) : proven(pair, at, ports)
}

function single(
  header: Credentials | undefined,
  { clientIds, secrets }: Parameters,
): Credentials | 'ambiguous' | undefined {
  if (clientIds.length > 1 || secrets.length > 1) return 'ambiguous'
  const [clientId] = clientIds
  const [secret] = secrets
  if (header) {
    const differs =
      (clientId ?? header.clientId) !== header.clientId || (secret ?? header.secret) !== header.secret
    return differs ? 'ambiguous' : header
  }
  return clientId && secret ? { clientId, secret } : undefined
}

/** The secret is hashed and compared whether or not there is such a client, so both take the same work (threat T13). */
async function proven(sent: Credentials, { upstream, facts }: BasicAt, ports: BasicPorts): Promise<Outcome> {
  const client = await ports.registry.find(upstream, sent.clientId)
  const accepted =
    client !== undefined && typeof client.secrets !== 'string' ? client.secrets : nobodysSecrets
  const matched = await ports.checkSecret(sent.secret, accepted, facts.now)
  if (client === undefined) return invalid('unknown client id')
  if (client.secrets === 'none') return invalid('the client has no secret')
  if (client.secrets !== 'upstream' && !matched) return invalid('wrong or expired secret')
  return client.enabled
    ? ok({ principal: { client, scopes: [], by: 'basic' } })
    : fail({ reason: 'client_disabled' })
}

/** The id, and an HMAC-SHA1 in base64 (vendor page: Akamai, janrain-signed requests). */
const SIGNED = /^([\x21-\x39\x3b-\x7e]{1,256}):[A-Za-z0-9+/]{27}=$/

const signerOf = (header: string): string | undefined =>
  SIGNED.exec(schemeParameter(header, 'signature') ?? '')?.[1]

/**
 * Checking a signature takes the clear secret, and here are hashes: the upstream checks it, and only for clients
 * whose secret it holds anyway. For any other the gateway would let through what it has not verified.
 */
async function bySignature(
  clientId: string,
  { clientIds, secrets }: Parameters,
  { upstream }: BasicAt,
  { registry }: BasicPorts,
): Promise<Outcome> {
  if (secrets.length > 0 || clientIds.some((id) => id !== clientId)) return ambiguous
  const client = await registry.find(upstream, clientId)
  if (client === undefined) return invalid('unknown client id')
  if (client.secrets !== 'upstream') return invalid('signed, by a client whose secret is not the upstream’s')
  return client.enabled
    ? ok({ principal: { client, scopes: [], by: 'basic' } })
    : fail({ reason: 'client_disabled' })
}
