/** Everything whose start is timed: who is started, and what is asked of it. */
import type { CompiledPolicy } from '../src/policy/model.ts'
import { basic } from '../test/support/facts.ts'
import { basicShot } from './callers.ts'
import { policyOf } from './decide/gateway.ts'
import { dotted, makeWorld, type World } from './decide/world.ts'
import type { Shot } from './load.ts'
import { openPaths, packsPolicy } from './policy.ts'
import { bundleBenchWorker, bundleGateway, type Server, serveGateway, serveWorker } from './servers.ts'

export type Starter = {
  readonly name: string
  readonly start: () => Promise<Server>
  /** Answered with 200, by the upstream. */
  readonly shot: Shot
  /** What the gateway loads. */
  readonly policy?: CompiledPolicy
}

/** Routes and clients of the policies that are made up, by name. */
const SIZES = {
  small: [10, 10],
  routes_10000: [10_000, 10],
  clients_10000: [10, 10_000],
  clients_100000: [10, 100_000],
} as const

/**
 * @param origin - of the upstream
 * @param mostClients - policies with more are left out
 */
export async function makeStarters(origin: string, mostClients: number): Promise<readonly Starter[]> {
  const bundle = await bundleGateway()
  const modules = await bundleBenchWorker('workers/bare.ts')
  const packs = await packsPolicy(origin)
  const gateway = (name: string, policy: CompiledPolicy, shot: Shot): Starter => ({
    name,
    start: () => serveGateway(bundle, policy),
    shot,
    policy,
  })
  const packsShot = basicShot(openPaths(packs)[0] ?? '', 1)
  const starters: Starter[] = [
    {
      name: 'bare',
      start: () => serveWorker({ modules, objects: {}, variables: { ORIGIN: origin } }),
      shot: packsShot,
    },
    gateway('packs', packs, packsShot),
  ]
  for (const [name, [routes, clients]] of Object.entries(SIZES)) {
    if (clients > mostClients) continue
    const world = makeWorld(routes, clients)
    starters.push(gateway(name, await policyOf(world, origin), firstAsk(world)))
  }
  return starters
}

function firstAsk({ asks: [ask], clients }: World): Shot {
  const client = clients[ask?.client ?? -1]
  if (ask === undefined || client === undefined) throw new Error('a world without requests')
  return {
    path: ask.path,
    headers: {
      Authorization: basic(client.id, client.secret),
      'CF-Connecting-IP': dotted(ask.address),
    },
  }
}
