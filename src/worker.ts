/** The Worker's entry: builds the gateway once per isolate and ties the ports to the platform. */
import type { Hono } from 'hono'
import compiledPolicy from '../build/policy.compiled'
import { logLine } from './audit/event.ts'
import { keyedHash } from './authentication/keyed-hash.ts'
import { checkSecret } from './clients/secret.ts'
import { createGateway } from './http/gateway.ts'
import { type Decide, decider } from './pipeline.ts'
import { objectLedger } from './platform/assertion-ledger.ts'
import { type Env, variablesOf } from './platform/env.ts'
import { issuerIntrospection } from './platform/introspection.ts'
import { issuerKeys } from './platform/jwks.ts'
import { objectLimiter } from './platform/limiter-client.ts'
import { type LoadedPolicy, loadPolicy } from './platform/policies.ts'
import { hashKey, requestId, sample } from './platform/random.ts'
import { after } from './platform/timer.ts'
import { networkUpstream } from './platform/upstream.ts'

export { AssertionObject } from './platform/assertion-object.ts'
export { LimiterObject } from './platform/limiter-object.ts'

const loaded = loadPolicy(compiledPolicy)
let gateway: Hono | undefined

export default {
  fetch(request: Request, env: Env): Response | Promise<Response> {
    gateway ??= build(env)
    return gateway.fetch(request)
  },
}

function build(env: Env): Hono {
  const variable = variablesOf(env)
  const decideBy = ({ policy, registry }: LoadedPolicy): Decide =>
    decider(policy, {
      registry,
      checkSecret,
      hash: keyedHash(hashKey),
      keys: issuerKeys(variable),
      introspect: issuerIntrospection(variable),
      assertions: objectLedger(env.ASSERTIONS),
      limiter: objectLimiter(env.LIMITER, policy.limiter),
    })
  return createGateway(loaded && { policy: loaded.policy, decide: decideBy(loaded) }, {
    now: () => Date.now(),
    after,
    requestId,
    sample,
    log: (event) => console.log(logLine(event)),
    degraded: (answer, id) =>
      console.warn(JSON.stringify({ limiter: 'degraded', request_id: id, ...answer })),
    report: (error, id) => console.error(JSON.stringify({ request_id: id, error: String(error) })),
    upstream: networkUpstream,
    environment: env,
  })
}
