/** All servers of a run: started when they are first asked for, stopped together. */
import { policyText } from '../src/policy/written.ts'
import { callers } from './callers.ts'
import type { Side } from './cases.ts'
import type { Issuer } from './issuer.ts'
import { peerSettings } from './peers/settings.ts'
import { benchPolicy, clientCounts, manyRoutesPolicy, type Policies, type PolicyName } from './policy.ts'
import {
  bundleBenchWorker,
  bundleGateway,
  type Server,
  serveGateway,
  serveUpstream,
  serveWorker,
  tidy,
} from './servers.ts'

export type Fleet = {
  readonly policies: Policies
  readonly upstream: Server
  /** The server of one side. `bare`, `floor` and `refuse` know no policy: theirs is the same for all. */
  readonly server: (side: Side, policy: PolicyName) => Promise<Server>
  /** The same with its object calls counted: slower, and never timed. */
  readonly counted: (side: 'gateway' | 'peer', policy: PolicyName) => Promise<Server>
  /** Stops what was started and removes what it kept on disk. */
  readonly stop: () => Promise<void>
}

export async function startFleet(issuer: Issuer): Promise<Fleet> {
  const upstream = await serveUpstream()
  const origin = `http://127.0.0.1:${upstream.port}`
  const policies = { main: await benchPolicy(origin, issuer), many: await manyRoutesPolicy(origin) }
  // One after the other: the counting gateway embeds the policy that the gateway's own build has written.
  const gatewayBundle = await bundleGateway()

  const started = new Map<string, Promise<Server>>([['upstream', Promise.resolve(upstream)]])
  const once = (name: string, start: () => Promise<Server>): Promise<Server> => {
    const server = started.get(name) ?? start()
    started.set(name, server)
    return server
  }
  const plain = async (source: string): Promise<Server> =>
    await serveWorker({
      modules: await bundleBenchWorker(source),
      objects: {},
      variables: { ORIGIN: origin },
    })
  const peer = async (source: string, policy: PolicyName): Promise<Server> => {
    const settings = peerSettings(policies[policy], callers(clientCounts[policy]), issuer.key)
    return await serveWorker({
      modules: await bundleBenchWorker(source),
      objects: { HITS: 'HitsObject' },
      variables: { ORIGIN: origin, SETTINGS: JSON.stringify(settings) },
    })
  }
  const countedGateway = async (policy: PolicyName): Promise<Server> => {
    const modules = Object.entries(await bundleBenchWorker('workers/counted-gateway.ts')).map(
      ([name, text]) => [name, name.endsWith('.compiled') ? policyText(policies[policy]) : text],
    )
    return await serveWorker({
      modules: Object.fromEntries(modules),
      objects: { LIMITER: 'LimiterObject', ASSERTIONS: 'AssertionObject' },
      variables: {},
    })
  }

  return {
    policies,
    upstream,
    server: (side, policy) => {
      if (side === 'gateway')
        return once(`${side} ${policy}`, () => serveGateway(gatewayBundle, policies[policy]))
      if (side === 'peer') return once(`${side} ${policy}`, () => peer('peers/hono.ts', policy))
      return once(side, () => plain(`workers/${side}.ts`))
    },
    counted: (side, policy) =>
      once(`counted ${side} ${policy}`, () =>
        side === 'gateway' ? countedGateway(policy) : peer('workers/counted-peer.ts', policy),
      ),
    stop: async () => {
      const servers = await Promise.allSettled(started.values())
      await Promise.all(servers.map((each) => each.status === 'fulfilled' && each.value.stop()))
      await tidy()
    },
  }
}
