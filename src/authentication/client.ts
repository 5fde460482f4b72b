/** Client authentication by the method that the client itself declares (RFC 6749 section 2.3). */
import { fail, ok, type Result } from '../base/result.ts'
import type { ClientConfig, ClientMethod } from '../clients/config.ts'
import type { ClientRegistry } from '../clients/registry.ts'
import { nobodysSecrets, type SecretCheck } from '../clients/secret.ts'
import type { Denial } from '../decision/denial.ts'
import type { Facts } from '../decision/facts.ts'
import type { ClientRoute } from '../routing/config.ts'
import { claimedClient, verifyAssertion } from './assertion.ts'
import type { KeyFinder } from './keys.ts'
import type { AssertionLedger } from './ledger.ts'
import { type Presented, presented } from './presented.ts'
import type { Principal } from './principal.ts'
import { sentParameters } from './sent-parameters.ts'

export type ClientPorts = {
  readonly registry: ClientRegistry
  readonly checkSecret: SecretCheck
  readonly keys: KeyFinder
  readonly assertions: AssertionLedger
}

export type ClientAt = {
  readonly facts: Facts
  /** Index of the upstream whose clients count. */
  readonly upstream: number
  readonly route: ClientRoute
  /** Of the body, in bytes. */
  readonly limit: number
}

type Outcome = Result<{ readonly principal: Principal }, Denial>
type Proof = Result<true, Denial>

const invalid = (why: string) => fail<Denial>({ reason: 'credentials_invalid', why })

/** Whoever proves to be a client that is enabled. Which addresses, features and scopes it has is asked later. */
export async function byClient(at: ClientAt, ports: ClientPorts): Promise<Outcome> {
  const sent = await sentParameters(at.facts, at.route.credentialsIn, at.limit)
  if (!sent.ok) return sent
  const shown = presented(at.facts.authorization, sent.value, at.route)
  if (!shown.ok) return shown
  const client = await claimed(shown.value, at, ports.registry)
  if (!client.ok) return client
  const proof = await proven(shown.value, client.value, at, ports)
  if (!proof.ok) return proof
  if (client.value === undefined) return invalid('unknown client id')
  const { scope, grant_type: grantType } = sent.value
  const tokenRequest = at.route.tokenRequest && { tokenRequest: { scope, grantType } }
  return ok({ principal: { client: client.value, scopes: [], by: 'client', ...tokenRequest } })
}

/**
 * The one client that is meant. Where two readings of an id name two clients, the upstream might take the other one,
 * and each of the two could borrow the other's addresses.
 */
async function claimed(
  shown: Presented,
  { upstream }: ClientAt,
  registry: ClientRegistry,
): Promise<Result<ClientConfig | undefined, Denial>> {
  if (shown.by === 'private_key_jwt') {
    const id = claimedClient(shown.assertion)
    if (id === undefined) return invalid('the assertion names no client')
    if (shown.id !== undefined && shown.id !== id) return fail({ reason: 'credentials_ambiguous' })
    return ok(await registry.find(upstream, id))
  }
  const found = await Promise.all(shown.ids.map((id) => registry.find(upstream, id)))
  const [client, ...others] = found.filter((each) => each !== undefined)
  return others.length > 0 ? fail({ reason: 'credentials_ambiguous' }) : ok(client)
}

/** What each declared method lets a client come with. */
const accepted: Readonly<Record<ClientMethod, readonly Presented['by'][]>> = {
  default: ['client_secret_basic', 'client_secret_post'],
  client_secret_basic: ['client_secret_basic'],
  client_secret_post: ['client_secret_post'],
  private_key_jwt: ['private_key_jwt'],
  tls_client_auth: ['id_alone'],
  none: ['id_alone'],
}

/** A secret is hashed and compared whether or not there is such a client, so both take the same work (threat T13). */
async function proven(
  shown: Presented,
  client: ClientConfig | undefined,
  at: ClientAt,
  ports: ClientPorts,
): Promise<Proof> {
  const method = methodOf(client)
  const fits = accepted[method].includes(shown.by)
  switch (shown.by) {
    case 'client_secret_basic':
    case 'client_secret_post': {
      const matched = await anyMatches(
        shown.secrets,
        fits ? client : undefined,
        at.facts.now,
        ports.checkSecret,
      )
      if (!fits) return invalid('not the client’s way to authenticate')
      if (client?.secrets !== 'upstream' && !matched) return invalid('wrong or expired secret')
      return enabled(client)
    }
    case 'private_key_jwt':
      return fits
        ? byAssertion(shown.assertion, client, at, ports)
        : invalid('not the client’s way to authenticate')
    case 'id_alone':
      if (!fits) return invalid('an id without a proof')
      return method === 'tls_client_auth' ? byCertificate(client, at.facts) : enabled(client)
  }
}

/** Public clients of a policy that names no method have `secrets: none`. */
const methodOf = (client: ClientConfig | undefined): ClientMethod =>
  client?.authentication ?? (client?.secrets === 'none' ? 'none' : 'default')

async function anyMatches(
  secrets: readonly string[],
  client: ClientConfig | undefined,
  now: Facts['now'],
  check: SecretCheck,
): Promise<boolean> {
  const kept = client === undefined || typeof client.secrets === 'string' ? nobodysSecrets : client.secrets
  let matched = false
  for (const secret of secrets) matched = (await check(secret, kept, now)) || matched
  return matched
}

/** Not before the proof: only the client itself may learn that it is switched off. */
const enabled = (client: ClientConfig | undefined): Proof =>
  client?.enabled === false ? fail({ reason: 'client_disabled', client: client.name }) : ok(true)

/** The assertion is used up by the request that brings it, whatever becomes of that request later on. */
async function byAssertion(
  assertion: string,
  client: ClientConfig | undefined,
  { facts, upstream }: ClientAt,
  { keys, assertions }: ClientPorts,
): Promise<Proof> {
  const config = client?.assertion
  if (client === undefined || config === undefined) return invalid('the client has no keys')
  const verified = await verifyAssertion(assertion, config, keys, facts.now)
  if (!verified.ok) {
    const { kind, why } = verified.error
    return kind === 'invalid' ? invalid(why) : unavailable(why)
  }
  const allowed = enabled(client)
  if (!allowed.ok || !config.singleUse) return allowed
  const { jti = '', until } = verified.value
  switch (await assertions.use(JSON.stringify([upstream, client.clientId, jti]), until)) {
    case 'first':
      return ok(true)
    case 'again':
      return invalid('the assertion was used before')
    case 'unknown':
      return unavailable('whether the assertion was used before cannot be known')
  }
}

/** Long enough for keys or objects to be back, and short for a client that waits. */
const RETRY_MS = 5_000

const unavailable = (why: string) => fail<Denial>({ reason: 'issuer_unavailable', why, retryMs: RETRY_MS })

/** RFC 8705 section 2.1. Compared as text: a subject that is written in another way is another one. */
function byCertificate(client: ClientConfig | undefined, { clientCertificate: shown }: Facts): Proof {
  const clientCertificate = shown?.()
  if (clientCertificate === undefined) return invalid('no client certificate')
  if (!clientCertificate.verified) return invalid('the client certificate is not verified')
  const subject = client?.tls?.subjectDn
  return subject !== undefined && clientCertificate.subjectDn === subject
    ? enabled(client)
    : invalid('the client certificate is another one’s')
}
