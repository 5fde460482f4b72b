/** Rules about API clients: L101, L201, L306, L307. */
import type { ClientConfig } from '../clients/config.ts'
import type { Defined } from '../policy/definitions.ts'
import type { CompiledPolicy } from '../policy/model.ts'
import type { ClientBlock } from '../policy/schema-client.ts'
import type { Callers, RouteConfig } from '../routing/config.ts'
import { type Cursor, follow, placeOfValue } from '../source/cursor.ts'
import { type Finding, found } from './finding.ts'
import type { LintRule, Subject } from './subject.ts'

/** L101. */
export const powerfulFromAnywhere: LintRule = ({ policy, sources, names }) =>
  policy.clients.flatMap((client) => {
    const source = sources.clients.get(client.name)
    if (client.lists.allow !== 'any' || source?.allow === undefined) return []
    const units = client.upstreams.map((index) => names.units.all[index])
    const powerful = client.features.filter((feature) =>
      units.some((unit) => unit?.value.features.find(feature)?.value.powerful === true),
    )
    if (powerful.length === 0) return []
    const words = powerful.map((feature) => `\`${feature}\``).join(' and ')
    return found('L101', source.allow.place, `\`${client.name}\` has ${words} and may call from everywhere`, {
      help: 'list the addresses it calls from',
      ...(source.features && { also: [{ place: source.features, label: 'its features' }] }),
    })
  })

/** L201. A client that is switched off reaches nothing on purpose. */
export const clientsWithoutRoutes: LintRule = ({ policy, sources }) =>
  policy.clients
    .filter((client) => client.enabled && !policy.routes.some((route) => mayReach(client, route, policy)))
    .flatMap(({ name }) => {
      const source = sources.clients.get(name)
      return source === undefined
        ? []
        : found('L201', source.place, `no route lets \`${name}\` in`, {
            help: 'give it a feature that some route asks for, or delete it',
          })
    })

/** With whatever scopes its tokens bring. */
function mayReach(client: ClientConfig, route: RouteConfig, { tokens }: CompiledPolicy): boolean {
  if (!client.upstreams.includes(route.upstream) || !canAuthenticate(client, route, tokens)) return false
  return Object.values(route.callers).some((callers) => letsIn(callers, client))
}

function canAuthenticate(
  { secrets, authentication = 'default' }: ClientConfig,
  { auth, token }: RouteConfig,
  tokens: CompiledPolicy['tokens'],
): boolean {
  if (auth === 'none') return false
  if (auth === 'token')
    return tokens.some(({ name, clientIdClaim }) => name === token && clientIdClaim !== undefined)
  const hasSecret =
    secrets !== 'none' && authentication !== 'private_key_jwt' && authentication !== 'tls_client_auth'
  return auth !== 'basic' || hasSecret
}

const letsIn = (callers: Callers, { features }: ClientConfig): boolean =>
  callers.kind !== 'any_of' ||
  callers.scopes.length > 0 ||
  callers.features.some((feature) => features.includes(feature))

/** L306. The same id twice at one upstream does not load (P0204). */
export const sharedCredentials: LintRule = ({ names }) => {
  const ids = repeated(names.clients.all, (client) => [
    { text: client.value.client_id, at: follow(client.at, 'client_id') },
  ])
  const hashes = repeated(names.clients.all, hashesOf)
  return [
    ...ids.map((pair) => shared(pair, 'client id', 'an id stands for one client')),
    ...hashes.map((pair) => shared(pair, 'secret', 'make one of them anew: `sallyport client new-secret`')),
  ]
}

type Written = { readonly text: string; readonly at: Cursor }
type Holder = Written & { readonly client: string }

const hashesOf = ({ value: { secrets }, at }: Defined<ClientBlock>): Written[] =>
  Array.isArray(secrets)
    ? secrets.map(({ hash }, index) => ({ text: hash, at: follow(at, 'secrets', index, 'hash') }))
    : []

/** Pairs of what an earlier client has already, with that client. */
function repeated(
  clients: readonly Defined<ClientBlock>[],
  wordsOf: (client: Defined<ClientBlock>) => readonly Written[],
): readonly (readonly [Holder, Holder])[] {
  const first = new Map<string, Holder>()
  return clients.flatMap((client) =>
    wordsOf(client).flatMap((word): (readonly [Holder, Holder])[] => {
      const holder = { ...word, client: client.name }
      const other = first.get(word.text)
      first.set(word.text, other ?? holder)
      return other === undefined || other.client === client.name ? [] : [[other, holder]]
    }),
  )
}

const shared = ([first, second]: readonly [Holder, Holder], what: string, help: string): Finding =>
  found(
    'L306',
    placeOfValue(second.at),
    `\`${first.client}\` and \`${second.client}\` have the same ${what}`,
    {
      help,
      also: [{ place: placeOfValue(first.at), label: first.client }],
    },
  )

/**
 * L307. A signature is checked with the clear secret, so by the upstream: what the gateway asks of the client until
 * then, it asks of whoever names it.
 */
export const uncheckedSignatures: LintRule = ({ policy, names }: Subject) =>
  names.clients.all.flatMap(({ name, value, at }, index) => {
    const client = policy.clients[index]
    if (value.secrets !== 'upstream' || client === undefined) return []
    const upstream = client.upstreams
      .map((each) => policy.upstreams[each])
      .find((each) => each?.credentials.includes('signature'))
    if (upstream === undefined) return []
    const message = `signed requests of \`${name}\` pass unchecked: only ${upstream.name} has the secret`
    return found('L307', placeOfValue(follow(at, 'secrets')), message, {
      help: 'keep its allow list short: whoever knows the id and calls from there uses up its limit',
    })
  })
