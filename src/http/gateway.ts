/** The gateway's one handler: facts, decision, then forward or answer, and a line in the decision log. */
import { Hono } from 'hono'
import { type DecisionEvent, decisionEvent } from '../audit/event.ts'
import { type Awaitable, whenReady } from '../base/result.ts'
import type { Millis } from '../base/time.ts'
import { reportedIn, reportOnlyDates } from '../decision/report-only.ts'
import type { StepName } from '../decision/stage.ts'
import type { Fault } from '../faults/classes.ts'
import { faultRenderer } from '../faults/render.ts'
import type { Upstream } from '../forwarding/upstream.ts'
import type { Decide, Known, RouteDecision } from '../pipeline.ts'
import type { CompiledPolicy } from '../policy/model.ts'
import { ratedBy, rateHeaders } from '../ratelimit/headers.ts'
import { FAILED_AUTH } from '../ratelimit/stage.ts'
import { type After, requestBody } from './body.ts'
import { type Ending, type Exchange, outcomeOf } from './exchange.ts'
import { factsOf } from './facts.ts'
import { forwarder } from './forward.ts'
import { refuse } from './respond.ts'

/** All that the gateway asks of the outside. */
export type GatewayPorts = {
  readonly now: () => Millis
  readonly after: After
  readonly requestId: () => string
  /** From 0 up to 1; below the policy's share, an allowed request is logged. */
  readonly sample: () => number
  readonly log: (event: DecisionEvent) => void
  /** Told of every answer that a rate group's limiter did not give, whatever the group does then. */
  readonly degraded: (
    answer: { readonly group: string; readonly to: string; readonly why: string },
    requestId: string,
  ) => void
  /** Told of an exception. It is a bug of ours, so the caller learns nothing of it. */
  readonly report: (error: unknown, requestId: string) => void
  readonly upstream: Upstream
  /** The Worker's variables, for origins that the policy leaves to the environment. */
  readonly environment: Readonly<Record<string, unknown>>
}

/** The policy and the decision function that was made of it. */
export type Ruled = { readonly policy: CompiledPolicy; readonly decide: Decide }

/**
 * The gateway as a Hono app. Its router never sees an upstream's path: one catch-all hands over the raw request.
 *
 * @param ruled - undefined when there is no policy to decide by; everything is then refused with 503
 */
export function createGateway(ruled: Ruled | undefined, ports: GatewayPorts): Hono {
  const handle = ruled === undefined ? refuseAll(ports) : handler(ruled, ports)
  // Its router looks at no path, so none is cut out of the URL.
  const app = new Hono({ getPath: () => '/', router: catchAll() })
  app.all('*', (context) => handle(context.req.raw))
  app.onError((error) => {
    const requestId = ports.requestId()
    ports.report(error, requestId)
    return plainRefusal({ reason: 'internal_error' }, requestId)
  })
  return app
}

/** A router of Hono's that gives every method and path to the handler it was last told of. */
function catchAll(): Hono['router'] {
  let found: ReturnType<Hono['router']['match']> = [[]]
  return {
    name: 'catch-all',
    add: (_method, _path, handler) => {
      found = [[[handler, {}]]]
    },
    match: () => found,
  }
}

const builtIn = faultRenderer({})

const plainRefusal = (fault: Fault, requestId: string): Response =>
  refuse({ fault, requestId, render: builtIn, auth: undefined, rateHeaders: [] })

const refuseAll = (ports: GatewayPorts) => (): Response =>
  plainRefusal({ reason: 'policy_missing' }, ports.requestId())

type Arrived = Omit<Exchange, 'known' | 'rated'>

function handler({ policy, decide }: Ruled, ports: GatewayPorts): (request: Request) => Awaitable<Response> {
  const renderers = policy.faultTables.map(faultRenderer)
  const forward = forwarder(policy.upstreams, ports.environment, ports.upstream)
  const reports = reportOnlyDates(policy).length > 0
  const record = (exchange: Exchange, ending: Ending): void =>
    ports.log(decisionEvent(outcomeOf(exchange, ending, reports), policy))

  return (request) => {
    const arrived = {
      request,
      body: requestBody(request, ports.after),
      requestId: ports.requestId(),
      now: ports.now(),
    }
    const facts = factsOf(request, arrived.body, arrived.now)
    if (!facts.ok) return refused({ ...arrived, known: {}, rated: undefined }, facts.error, 'path')
    return whenReady(decide(facts.value), (decision) => answered(arrived, decision))
  }

  function answered(arrived: Arrived, decision: RouteDecision): Awaitable<Response> {
    const { known } = decision
    const rated = known.rate ?? (decision.allowed ? undefined : ratedBy(decision.denial))
    if (rated?.degraded) ports.degraded({ group: rated.group, ...rated.degraded }, arrived.requestId)
    const exchange = { ...arrived, known, rated }
    if (decision.allowed) return forwarded(exchange, decision.known)
    const { denial } = decision
    if ('uncounted' in denial && denial.uncounted !== undefined)
      ports.degraded({ group: FAILED_AUTH, to: 'open', why: denial.uncounted }, arrived.requestId)
    return refused(exchange, denial, decision.step)
  }

  function forwarded(exchange: Exchange, known: Known): Awaitable<Response> {
    const { request, body, requestId } = exchange
    const sending = forward({
      request,
      body,
      requestId,
      facts: known.facts,
      path: known.path,
      route: known.route,
      client: known.principal.client?.name,
      scope: known.entitlement.scope,
      rateHeaders: rateHeaders(exchange.rated),
    })
    return whenReady(sending, (sent) => {
      if (!sent.ok) return refused(exchange, sent.error, undefined)
      // What is tried out is told by the log alone, so no sample leaves a line of it out.
      const isTold = reports && reportedIn(known).length > 0
      if (isTold || ports.sample() < policy.decisionLog.allowed)
        record(exchange, { status: sent.value.status })
      return sent.value
    })
  }

  /** `step` is undefined when the decision was to allow and forwarding failed. */
  function refused(exchange: Exchange, fault: Fault, step: StepName | undefined): Response {
    const { route } = exchange.known
    const response = refuse({
      fault,
      requestId: exchange.requestId,
      render: renderers[faultTableOf(policy, fault, route)] ?? builtIn,
      auth: route?.auth,
      rateHeaders: rateHeaders(exchange.rated),
    })
    record(exchange, { status: response.status, fault, step })
    return response
  }
}

/** Where no route was found, the upstream whose prefix covers the path answers in its own words. */
function faultTableOf(policy: CompiledPolicy, fault: Fault, route: Known['route'] | undefined): number {
  if (route) return route.faults
  const upstream = fault.reason === 'unknown_route' ? fault.upstream : undefined
  return policy.upstreams[upstream ?? -1]?.faults ?? -1
}
