/**
 * The same decision by Cedar's WebAssembly build. Policies are parsed once; with each request go the two entities that
 * it is about, since the library keeps none between calls. Cedar cannot walk through a set of networks, so a client's
 * are attributes of their own.
 */
import {
  type CedarValueJson,
  type EntityJson,
  preparsePolicySet,
  statefulIsAuthorized,
  type TypeAndId,
} from '@cedar-policy/cedar-wasm/nodejs'
import { allAsks, type Contender } from './contender.ts'
import { routeFinder } from './routed.ts'
import { dotted, FEATURES, type World, type WorldClient } from './world.ts'

/** With one of the two forms in which an entity may be named. */
type Entity = EntityJson & { readonly uid: TypeAndId }

const ENTRIES = 10

const fromItsNetworks = Array.from(
  { length: ENTRIES },
  (_, n) => `context.address.isInRange(principal.n${n})`,
).join(' || ')

const policies = Object.fromEntries(
  Array.from({ length: FEATURES }, (_, n) => [
    `p${n}`,
    `permit(principal in Feature::"feature-${n}", action == Action::"GET", resource in Class::"feature-${n}") when { ${fromItsNetworks} };`,
  ]),
)

/** @throws when a client has another number of networks than the policies know */
export function cedarContender(world: World): Contender {
  const parsed = preparsePolicySet('world', { staticPolicies: policies })
  if (parsed.type === 'failure') throw new Error(parsed.errors.map(({ message }) => message).join('\n'))
  const clients = world.clients.map(clientEntity)
  const routes = new Map(
    world.routes.map(({ feature }, n): [string, Entity] => {
      const uid = { type: 'Route', id: `route-${n}` }
      return [uid.id, { uid, attrs: {}, parents: [{ type: 'Class', id: feature }] }]
    }),
  )
  const prepared = allAsks(world).map(({ client, address }) => ({
    client: clients[client],
    context: { address: ipValue(dotted(address)) },
  }))
  const find = routeFinder(world)
  return {
    name: 'cedar',
    decide: (at) => {
      const { client, context } = prepared[at] ?? {}
      const route = routes.get(find(at) ?? '')
      if (client === undefined || context === undefined || route === undefined) return false
      const answer = statefulIsAuthorized({
        principal: client.uid,
        action: { type: 'Action', id: 'GET' },
        resource: route.uid,
        context,
        preparsedPolicySetId: 'world',
        entities: [client, route],
      })
      return answer.type === 'success' && answer.response.decision === 'allow'
    },
  }
}

const ipValue = (arg: string): CedarValueJson => ({ __extn: { fn: 'ip', arg } })

function clientEntity({ id, features, networks }: WorldClient): Entity {
  if (networks.length !== ENTRIES)
    throw new Error(`${networks.length} networks, and the policies know ${ENTRIES}`)
  return {
    uid: { type: 'Client', id },
    attrs: Object.fromEntries(networks.map(([from], n) => [`n${n}`, ipValue(`${dotted(from)}/31`)])),
    parents: features.map((feature) => ({ type: 'Feature', id: feature })),
  }
}
