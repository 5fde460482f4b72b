/** `auth: basic`: a client id and secret, from the header or wherever else the upstream takes them. */
import { type Awaitable, fail, ok, type Result, whenReady } from '../base/result.ts'
import type { Millis } from '../base/time.ts'
import type { ClientConfig } from '../clients/config.ts'
import type { ClientRegistry } from '../clients/registry.ts'
import { nobodysSecrets, type SecretCheck } from '../clients/secret.ts'
import type { Denial } from '../decision/denial.ts'
import type { Facts } from '../decision/facts.ts'
import { type Credentials, parseBasic, schemeParameter } from './basic.ts'
import type { CredentialPlace } from './config.ts'
import type { KeyedHash } from './keyed-hash.ts'
import { type Parameters, type Places, readParameters } from './parameters.ts'
import type { Principal } from './principal.ts'
import { Remembered } from './remembered.ts'

export type BasicPorts = {
  readonly registry: ClientRegistry
  readonly checkSecret: SecretCheck
  /** Names what is remembered. */
  readonly hash: KeyedHash
}

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

type Proof = { readonly ok: true; readonly value: { readonly principal: Principal } }
type Outcome = Result<Proof['value'], Denial>

const missing: Outcome = fail({ reason: 'credentials_missing' })
const ambiguous: Outcome = fail({ reason: 'credentials_ambiguous' })
const invalid = (why: string): Outcome => fail({ reason: 'credentials_invalid', why })

/** Every place where an upstream may find credentials beside the header. */
const ELSEWHERE: Places = { query: true, kinds: ['form', 'multipart'] }

/** Clients whose header is remembered. Each is worth a few hundred bytes. */
const CAPACITY = 10_000

/**
 * The check of one isolate, with what it remembers.
 *
 * Two different credentials in one request are refused: which of them the upstream would take is not known. The header
 * is looked at first, so that nobody who cannot prove anything has a long body read.
 */
export function basicCheck(ports: BasicPorts): (at: BasicAt) => Awaitable<Outcome> {
  const proofs = new Remembered<Proof>(CAPACITY)

  return (at) => {
    const { facts, places, refusesOthers } = at
    const header = places.includes('basic') || refusesOthers ? facts.authorization : undefined
    return header === undefined ? byParameters(at, ports) : byHeader(header, at)
  }

  function byHeader(header: string, at: BasicAt): Awaitable<Outcome> {
    return whenReady(proofOf(header, at), (proof) => {
      if (!proof.ok) return proof
      return whenReady(readParameters(at.facts, lookedAt(at), at.limit), (others) => {
        if (!others.ok) return others
        return agrees(header, at.places, others.value) ? proof : ambiguous
      })
    })
  }

  /**
   * Hashing the secret is the dearest part of a decision, so whoever has proven it is remembered for as long as no
   * secret of the client ends. A client that may have changed meanwhile is looked up at every use.
   */
  function proofOf(header: string, at: BasicAt): Awaitable<Outcome> {
    const name = at.places.includes('basic') ? ports.hash(header) : undefined
    if (name === undefined) return proven(header, at, undefined)
    const key = name + String.fromCharCode(at.upstream)
    const known = proofs.recall(key, at.facts.now)
    if (known === undefined) return proven(header, at, key)
    const { client: before } = known.value.principal
    if (ports.registry.isFixed || before === undefined) return known
    return whenReady(ports.registry.find(at.upstream, before.clientId), (client) =>
      client === before ? known : proven(header, at, key),
    )
  }

  async function proven(header: string, at: BasicAt, key: string | undefined): Promise<Outcome> {
    const shown = inHeader(header, at.places)
    if (shown === undefined) return invalid('not a Basic header')
    if (!('secret' in shown)) return bySignature(shown.clientId, at, ports)
    const outcome = await bySecret(shown, at, ports)
    const client = outcome.ok ? outcome.value.principal.client : undefined
    if (key !== undefined && outcome.ok && client !== undefined)
      proofs.remember(key, outcome, firstEnd(client.secrets, at.facts.now), at.facts.now)
    return outcome
  }
}

/** When the first of the secrets that are accepted now ends: which of them was shown is not asked. */
const firstEnd = (secrets: ClientConfig['secrets'], now: Millis): Millis =>
  typeof secrets === 'string'
    ? Number.POSITIVE_INFINITY
    : Math.min(...secrets.map(({ expires }) => expires).filter((expires) => now < expires))

const FORM = ['form'] as const
const NO_BODY = [] as const

const acceptedOf = ({ places }: BasicAt): Places => ({
  query: places.includes('query'),
  kinds: places.includes('form') ? FORM : NO_BODY,
})

const lookedAt = (at: BasicAt): Places => (at.refusesOthers ? ELSEWHERE : acceptedOf(at))

async function byParameters(at: BasicAt, ports: BasicPorts): Promise<Outcome> {
  const accepted = acceptedOf(at)
  if (!accepted.query && accepted.kinds.length === 0) return missing
  const all = await readParameters(at.facts, lookedAt(at), at.limit)
  if (!all.ok) return all
  if (all.value.clientIds.length > 1 || all.value.secrets.length > 1) return ambiguous
  const sent = await readParameters(at.facts, accepted, at.limit)
  if (!sent.ok) return sent
  const [[clientId], [secret]] = [sent.value.clientIds, sent.value.secrets]
  return clientId && secret ? bySecret({ clientId, secret }, at, ports) : missing
}

/** What a header shows: id and secret, or the id of whoever signed. */
type Shown = Credentials | { readonly clientId: string }

function inHeader(header: string, places: readonly CredentialPlace[]): Shown | undefined {
  const signer = places.includes('signature') ? signerOf(header) : undefined
  if (signer !== undefined) return { clientId: signer }
  return places.includes('basic') ? parseBasic(header) : undefined
}

/** Whoever signs leaves the secret out of the request (vendor page: Akamai, janrain-signed requests). */
function agrees(header: string, places: BasicAt['places'], { clientIds, secrets }: Parameters): boolean {
  if (clientIds.length === 0 && secrets.length === 0) return true
  const shown = inHeader(header, places)
  return (
    shown !== undefined &&
    clientIds.every((id) => id === shown.clientId) &&
    secrets.every((secret) => 'secret' in shown && secret === shown.secret)
  )
}

/** The secret is hashed and compared whether or not there is such a client, so both take the same work (threat T13). */
async function bySecret(
  sent: Credentials,
  { upstream, facts }: BasicAt,
  ports: BasicPorts,
): Promise<Outcome> {
  const client = await ports.registry.find(upstream, sent.clientId)
  const accepted =
    client !== undefined && typeof client.secrets !== 'string' ? client.secrets : nobodysSecrets
  const matched = await ports.checkSecret(sent.secret, accepted, facts.now)
  if (client === undefined) return invalid('unknown client id')
  if (client.secrets === 'none') return invalid('the client has no secret')
  if (client.secrets !== 'upstream' && !matched) return invalid('wrong or expired secret')
  return client.enabled
    ? ok({ principal: { client, scopes: [], by: 'basic' } })
    : fail({ reason: 'client_disabled', client: client.name })
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
  { upstream }: BasicAt,
  { registry }: BasicPorts,
): Promise<Outcome> {
  const client = await registry.find(upstream, clientId)
  if (client === undefined) return invalid('unknown client id')
  if (client.secrets !== 'upstream') return invalid('signed, by a client whose secret is not the upstream’s')
  return client.enabled
    ? ok({ principal: { client, scopes: [], by: 'basic' } })
    : fail({ reason: 'client_disabled', client: client.name })
}
