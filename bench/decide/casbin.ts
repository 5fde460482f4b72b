/**
 * The same decision by casbin: clients have features and routes have classes, both as roles, so that the policy is one
 * line a feature however many routes there are. It reads every line for every request, and so fares best.
 *
 * Twice: as its manual has it (`enforce`, `ipMatch`), and tuned (`enforceSync`, lists parsed in advance by `ipaddr.js`).
 */
import { newEnforcer, newModelFromString, StringAdapter, Util } from 'casbin'
import ipaddr from 'ipaddr.js'
import { allAsks, type Contender } from './contender.ts'
import { routeFinder } from './routed.ts'
import { dotted, FEATURES, type World } from './world.ts'

const MODEL = `
[request_definition]
r = client, route, method, address
[policy_definition]
p = feature, class, method
[role_definition]
g = _, _
g2 = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.method == p.method && g2(r.route, p.class) && g(r.client, p.feature) && admits(r.client, r.address)
`

export async function casbinContender(world: World): Promise<Contender> {
  const enforcer = await newEnforcer(newModelFromString(MODEL), new StringAdapter(linesOf(world)))
  const lists = listsOf(world, (network) => network)
  await enforcer.addFunction(
    'admits',
    (client: string, address: string) =>
      lists.get(client)?.some((network) => Util.ipMatchFunc(address, network)) === true,
  )
  const ids = idsOf(world)
  const addresses = allAsks(world).map(({ address }) => dotted(address))
  const find = routeFinder(world)
  return {
    name: 'casbin',
    decide: (at) => enforcer.enforce(ids[at], find(at), 'GET', addresses[at]),
  }
}

export async function tunedCasbinContender(world: World): Promise<Contender> {
  const enforcer = await newEnforcer(newModelFromString(MODEL), new StringAdapter(linesOf(world)))
  const lists = listsOf(world, (network) => ipaddr.IPv4.parseCIDR(network))
  // The enforcer hands its arguments over as they are, so the address need not be read from text again.
  await enforcer.addFunction(
    'admits',
    (client: string, address: ipaddr.IPv4) =>
      lists.get(client)?.some((network) => address.match(network)) === true,
  )
  const ids = idsOf(world)
  const addresses = allAsks(world).map(({ address }) => ipaddr.IPv4.parse(dotted(address)))
  const find = routeFinder(world)
  return {
    name: 'casbin_tuned',
    decide: (at) => enforcer.enforceSync(ids[at], find(at), 'GET', addresses[at]),
  }
}

const linesOf = ({ clients, routes }: World): string =>
  [
    ...Array.from({ length: FEATURES }, (_, n) => `p, feature-${n}, class-feature-${n}, GET`),
    ...clients.flatMap(({ id, features }) => features.map((feature) => `g, ${id}, ${feature}`)),
    ...routes.map(({ feature }, n) => `g2, route-${n}, class-${feature}`),
  ].join('\n')

const listsOf = <T>({ clients }: World, read: (network: string) => T): ReadonlyMap<string, readonly T[]> =>
  new Map(clients.map(({ id, networks }) => [id, networks.map(([from]) => read(`${dotted(from)}/31`))]))

/** Of the client of each request. */
const idsOf = (world: World): readonly (string | undefined)[] =>
  allAsks(world).map(({ client }) => world.clients[client]?.id)
