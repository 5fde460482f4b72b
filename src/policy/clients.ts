/** `clients:`: blocks in, compiled clients and their sources out. */
import type { ClientConfig, SecretConfig } from '../clients/config.ts'
import { toRanges } from '../network/ranges.ts'
import { follow, placeOfKey, placeOfValue } from '../source/cursor.ts'
import { addAll, errorAt, type Problem } from '../source/problem.ts'
import { checkMethod, readMethod } from './client-methods.ts'
import { type Defined, type Dictionary, unknownName } from './definitions.ts'
import { demoSecrets } from './demo-secrets.ts'
import { dateMillis } from './fields.ts'
import { type Networks, readLists } from './lists.ts'
import { checkReportOnly, readReportOnly } from './report-only.ts'
import type { ClientBlock } from './schema-client.ts'
import type { ClientSource } from './sources.ts'
import { type Unit, unknownFeature } from './units.ts'

/** What clients refer to. */
export type ClientNames = {
  readonly networks: Networks
  readonly units: Dictionary<Unit>
  /** Whether the published secrets of the demonstration are let through. */
  readonly demo: boolean
}

export type ReadClient = { readonly config: ClientConfig; readonly source: ClientSource }

/**
 * A fast hash can be tried billions of times a second, so it protects only what was generated with this much
 * chance (docs/policy.md, secrets).
 */
const LEAST_BITS = 128

export function readClients(
  clients: Dictionary<ClientBlock>,
  names: ClientNames,
  problems: Problem[],
): ReadClient[] {
  addAll(problems, sharedIds(clients))
  const indexes = new Map(names.units.all.map(({ name }, index) => [name, index]))
  return clients.all.map((client) => {
    const { name, value, at } = client
    const upstreams = upstreamsOf(value)
    addAll(problems, checkUpstreams(client, names.units))
    addAll(problems, checkFeatures(client, names.units))
    addAll(problems, checkSecrets(client, names.demo))
    addAll(problems, checkMethod(client))
    addAll(problems, checkReportOnly(client))
    const { lists, sources } = readLists(value, at, names.networks, problems)
    const config: ClientConfig = {
      name,
      upstreams: upstreams.flatMap((upstream) => indexes.get(upstream) ?? []),
      clientId: value.client_id,
      enabled: value.enabled ?? true,
      features: featuresOf(value, names.units),
      lists: lists ?? { allow: toRanges([]), deny: toRanges([]) },
      ...readReportOnly(value),
      secrets: typeof value.secrets === 'string' ? value.secrets : (value.secrets ?? []).map(readSecret),
      ...readMethod(value),
      ...(value.custom_scopes && { customScopes: [...new Set(value.custom_scopes)] }),
    }
    const features = value.features && { features: placeOfValue(follow(at, 'features')) }
    return { config, source: { place: placeOfKey(at), ...features, ...sources } }
  })
}

const upstreamsOf = ({ upstream }: ClientBlock): readonly string[] => [...new Set([upstream].flat())]

/** `all_except` is of the words that the client's upstreams have now; the compiled policy names each of them. */
function featuresOf({ features = [], upstream }: ClientBlock, units: Dictionary<Unit>): string[] {
  if (Array.isArray(features)) return [...new Set(features)]
  const vocabulary = [upstream].flat().flatMap((name) => units.find(name)?.value.features.all ?? [])
  const words = new Set(vocabulary.map(({ name }) => name))
  return [...words].filter((word) => !features.all_except.includes(word)).toSorted()
}

/** The day or moment from which on the secret is not accepted. */
const readSecret = ({ hash, expires }: { hash: string; expires: string }): SecretConfig => ({
  sha256: hash.replace('sha256:', ''),
  expires: dateMillis(expires) ?? 0,
})

/** Two clients with one id at one upstream: which lists and features count would be chance (threat L5). */
function sharedIds(clients: Dictionary<ClientBlock>): Problem[] {
  const first = new Map<string, Defined<ClientBlock>>()
  return clients.all.flatMap((client) =>
    upstreamsOf(client.value).flatMap((upstream) => {
      const key = JSON.stringify([upstream, client.value.client_id])
      const other = first.get(key)
      if (other === undefined) {
        first.set(key, client)
        return []
      }
      const message = `\`${client.name}\` and \`${other.name}\` have the same client id at ${upstream}`
      return errorAt('P0204', placeOfValue(follow(client.at, 'client_id')), message, {
        help: 'an id stands for one client; join the two, or use the other id',
        also: [{ place: placeOfValue(follow(other.at, 'client_id')), label: other.name }],
      })
    }),
  )
}

function checkUpstreams({ value, at }: Defined<ClientBlock>, units: Dictionary<Unit>): Problem[] {
  return [value.upstream].flat().flatMap((name, index) => {
    const field = follow(at, 'upstream')
    return unknownName(units, name, follow(field, index), 'P0309', `no upstream \`${name}\``)
  })
}

/** A feature is a word of the client's own upstreams. Nothing is said where one of them is not well formed. */
function checkFeatures({ value, at }: Defined<ClientBlock>, names: Dictionary<Unit>): Problem[] {
  const units = upstreamsOf(value).map((name) => names.find(name))
  const known = units.flatMap((unit) => unit ?? [])
  if (known.length < units.length) return []
  const { features = [] } = value
  const [words, list] = Array.isArray(features)
    ? [features, follow(at, 'features')]
    : [features.all_except, follow(at, 'features', 'all_except')]
  return words.flatMap((feature, index) => unknownFeature(feature, known, follow(list, index)))
}

function checkSecrets({ name, value, at }: Defined<ClientBlock>, demo: boolean): Problem[] {
  if (value.secrets === undefined || typeof value.secrets === 'string') return []
  return value.secrets.flatMap(({ hash, generated_bits: bits }, index) => {
    const secret = follow(at, 'secrets', index)
    const problems: Problem[] = []
    if (bits < LEAST_BITS) {
      const message = `a hash protects a secret of ${LEAST_BITS} random bits or more, and this one has ${bits}`
      const help = `make another with \`sallyport client new-secret ${name}\``
      problems.push(errorAt('P0311', placeOfValue(follow(secret, 'generated_bits')), message, { help }))
    }
    if (!demo && demoSecrets.has(hash)) problems.push(published(name, placeOfValue(follow(secret, 'hash'))))
    return problems
  })
}

const published = (client: string, place: Problem['place']): Problem =>
  errorAt(
    'P0601',
    place,
    `the secret of \`${client}\` is one of the demonstration’s, which everybody can read`,
    {
      help: `make one with \`sallyport client new-secret ${client}\`, or build with --demo for the demonstration`,
    },
  )
