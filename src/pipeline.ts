/** The decision: the stages in order. The Worker, policy tests and `explain` all call this one function. */
import type { Principal } from './authentication/principal.ts'
import { type AuthenticationPorts, authentication } from './authentication/stage.ts'
import { authorization, type Entitlement } from './authorization/stage.ts'
import { type Awaitable, fail, type Result, whenReady } from './base/result.ts'
import type { Denial } from './decision/denial.ts'
import type { CanonicalPath, Facts } from './decision/facts.ts'
import { reportOnlyDates } from './decision/report-only.ts'
import type { Decision, Stage, StepName } from './decision/stage.ts'
import { type AddressCheck, addressStage, networkStage } from './network/stage.ts'
import type { CompiledPolicy } from './policy/model.ts'
import type { Rated } from './ratelimit/headers.ts'
import type { Limiter } from './ratelimit/limiter.ts'
import { failedAuth, rateStages } from './ratelimit/stage.ts'
import type { Callers, RouteConfig } from './routing/config.ts'
import { methodStage, pathStage, routeStage } from './routing/stage.ts'
import { routeTable } from './routing/table.ts'

export type Ports = AuthenticationPorts & { readonly limiter: Limiter }

/** What the request alone teaches, before anybody asks who is calling. */
type Routed = {
  readonly facts: Facts
  readonly path: CanonicalPath
  readonly route: RouteConfig
  readonly pattern: string
  readonly tenant?: string | undefined
  readonly callers: Callers
  readonly networkCheck: AddressCheck
}

/** Everything an allowed request has taught. */
export type Known = Routed & {
  /** What a group that counts before authentication found. */
  readonly early: Rated | undefined
  readonly principal: Principal
  readonly addressCheck: AddressCheck
  readonly entitlement: Entitlement
  readonly rate: Rated
}

export type RouteDecision = Decision<Known>

export type Decide = (facts: Facts) => Awaitable<RouteDecision>

/**
 * Makes the decision function of a policy. Everything that can be done once is done here.
 *
 * What is known is handed on by name, in objects that are written out: putting them together key by key took a fifth of
 * the time of a decision. Nothing can be handed on before it is learned, so a wrong order does not compile. No promise is
 * made unless a stage makes one.
 *
 * @returns a function from the facts of a request to the decision, with all that was learned on the way.
 *   It fails closed and does not throw for anything a caller can send.
 */
export function decider(policy: CompiledPolicy, ports: Ports): Decide {
  const reports = reportOnlyDates(policy).length > 0
  const { beforeAuth, rate } = rateStages(ports.limiter, policy.rateGroups, policy.sequence, reports)
  const routed = routing(policy)
  const credentials = chargingFailures(
    authentication(policy.upstreams, policy.tokens, ports),
    failedAuth(ports.limiter, policy.failedAuth, policy.sequence),
  )

  return (facts) => {
    const found = routed(facts)
    return 'allowed' in found ? found : counted(found)
  }

  function counted(at: Routed): Awaitable<RouteDecision> {
    return whenReady(beforeAuth.run(at), (outcome) =>
      outcome.ok ? identified(at, outcome.value.early) : denied(beforeAuth.name, outcome.error, at),
    )
  }

  function identified(at: Routed, early: Rated | undefined): Awaitable<RouteDecision> {
    return whenReady(credentials.run(at), (outcome) =>
      outcome.ok
        ? entitled(at, early, outcome.value.principal)
        : denied(credentials.name, outcome.error, { ...at, early }),
    )
  }

  function entitled(at: Routed, early: Rated | undefined, principal: Principal): Awaitable<RouteDecision> {
    const { facts, path, route, pattern, tenant, callers, networkCheck } = at
    const address = addressStage.run({ facts, route, principal })
    if (!address.ok) return denied(addressStage.name, address.error, { ...at, early, principal })
    const { addressCheck } = address.value
    const opened = authorization.run({ facts, callers, principal, route })
    if (!opened.ok) {
      return denied(authorization.name, opened.error, { ...at, early, principal, addressCheck })
    }
    const { entitlement } = opened.value
    return whenReady(rate.run({ facts, route, principal, tenant, early }), (outcome) => {
      if (!outcome.ok) {
        return denied(rate.name, outcome.error, { ...at, early, principal, addressCheck, entitlement })
      }
      const known = {
        facts,
        path,
        route,
        pattern,
        tenant,
        callers,
        networkCheck,
        early,
        principal,
        addressCheck,
        entitlement,
        rate: outcome.value.rate,
      }
      return { allowed: true, known }
    })
  }
}

/** The steps that ask for nothing but the request itself. @returns what they teach, or their denial */
function routing(policy: CompiledPolicy): (facts: Facts) => Routed | RouteDecision {
  const finding = routeStage(routeTable(policy.upstreams, policy.routes))
  const network = networkStage(policy.upstreams)

  return (facts) => {
    const read = pathStage.run({ facts })
    if (!read.ok) return denied(pathStage.name, read.error, { facts })
    const { path } = read.value
    const match = finding.run({ facts, path })
    if (!match.ok) return denied(finding.name, match.error, { facts, path })
    const { route, pattern, tenant } = match.value
    const found = methodStage.run({ facts, route })
    if (!found.ok) return denied(methodStage.name, found.error, { facts, path, ...match.value })
    const { callers } = found.value
    const checked = network.run({ facts, route })
    if (!checked.ok) return denied(network.name, checked.error, { facts, path, ...match.value, callers })
    const { networkCheck } = checked.value
    return { facts, path, route, pattern, tenant, callers, networkCheck }
  }
}

const denied = (step: StepName, denial: Denial, known: Partial<Known>): RouteDecision => ({
  allowed: false,
  denial,
  step,
  known,
})

type At = { readonly facts: Facts }

/** A stage whose denials are counted against the caller's address. */
function chargingFailures<Needs extends At, Learns>(
  stage: Stage<Needs, Learns>,
  charge: (denial: Denial, address: Facts['address']) => Awaitable<Denial>,
): Stage<Needs, Learns> {
  const charged = async (denial: Denial, { facts }: Needs) => fail(await charge(denial, facts.address))
  const settle = (outcome: Result<Learns, Denial>, at: Needs): Awaitable<Result<Learns, Denial>> =>
    outcome.ok ? outcome : charged(outcome.error, at)
  return {
    name: stage.name,
    run: (at) => whenReady(stage.run(at), (outcome) => settle(outcome, at)),
  }
}
