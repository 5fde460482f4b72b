/** The gateway as an app, without a port or a server: requests in, responses out, everything outside a fake. */
import type { DecisionEvent } from '../../src/audit/event.ts'
import { ok } from '../../src/base/result.ts'
import { policyRegistry } from '../../src/clients/memory.ts'
import { checkSecret } from '../../src/clients/secret.ts'
import type { UpstreamRequest } from '../../src/forwarding/upstream.ts'
import { createGateway, type GatewayPorts } from '../../src/http/gateway.ts'
import { decider, type Ports } from '../../src/pipeline.ts'
import type { CompiledPolicy } from '../../src/policy/model.ts'
import { memoryLimiter } from '../../src/ratelimit/memory.ts'
import { NOW } from './facts.ts'
import { noTokens } from './no-tokens.ts'

export type TestApp = {
  readonly request: (path: string, init?: RequestInit) => Promise<Response>
  /** What reached the upstream. */
  readonly sent: UpstreamRequest[]
  readonly logged: DecisionEvent[]
  readonly reported: unknown[]
  readonly degraded: unknown[]
}

/** @param changes - ports that the test wants other than the fakes */
export function testApp(
  policy: CompiledPolicy | undefined,
  changes: Partial<GatewayPorts & Ports> = {},
): TestApp {
  const sent: UpstreamRequest[] = []
  const logged: DecisionEvent[] = []
  const reported: unknown[] = []
  const degraded: unknown[] = []
  const outside: GatewayPorts & Omit<Ports, 'registry'> = {
    now: () => NOW,
    after: () => () => {},
    requestId: () => '72gnhpkttcjgc3ns',
    sample: () => 0.5,
    log: (event) => logged.push(event),
    report: (error) => reported.push(error),
    degraded: (answer) => degraded.push(answer),
    upstream: {
      send: async (request) => {
        sent.push(request)
        return ok(new Response('from upstream', { headers: { server: 'leaky', 'x-kept': '1' } }))
      },
    },
    environment: {},
    checkSecret,
    ...noTokens,
    limiter: memoryLimiter(() => NOW),
    ...changes,
  }
  const ruled = policy && {
    policy,
    decide: decider(policy, { registry: policyRegistry(policy.clients), ...outside }),
  }
  const app = createGateway(ruled, outside)
  return {
    request: async (path, init) => {
      const request = new Request(`http://gw.example${path}`, init)
      request.headers.set('host', 'gw.example')
      return app.fetch(request)
    },
    sent,
    logged,
    reported,
    degraded,
  }
}
