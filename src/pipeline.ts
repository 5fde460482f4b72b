/** The decision: the stages in order. The Worker, policy tests and `explain` all call this one function. */
import { type AuthenticationPorts, authentication } from './authentication/stage.ts'
import { authorization } from './authorization/stage.ts'
import { type Awaitable, fail, type Result } from './base/result.ts'
import type { Denial } from './decision/denial.ts'
import type { CanonicalPath, Facts } from './decision/facts.ts'
import { reportOnlyDates } from './decision/report-only.ts'
import { chain, type Decision, type Stage } from './decision/stage.ts'
import { addressStage, networkStage } from './network/stage.ts'
import type { CompiledPolicy } from './policy/model.ts'
import type { Limiter } from './ratelimit/limiter.ts'
import { failedAuth, rateStages } from './ratelimit/stage.ts'
import { methodStage, pathStage, routeStage } from './routing/stage.ts'
import { routeTable } from './routing/table.ts'

export type Ports = AuthenticationPorts & { readonly limiter: Limiter }

/**
 * Makes the decision function of a policy. Everything that can be done once is done here.
 *
 * @returns a function from the facts of a request to the decision, with all that was learned on the way.
 *   It fails closed and does not throw for anything a caller can send.
 */
export function decider(policy: CompiledPolicy, ports: Ports) {
  // The row starts from all the facts, not only from those the first stage asks for.
  const path: Stage<At, { readonly path: CanonicalPath }> = pathStage
  const reports = reportOnlyDates(policy).length > 0
  const { beforeAuth, rate } = rateStages(ports.limiter, policy.rateGroups, policy.sequence, reports)
  const decide = chain(
    path,
    routeStage(routeTable(policy.upstreams, policy.routes)),
    methodStage,
    networkStage(policy.upstreams),
    beforeAuth,
    chargingFailures(
      authentication(policy.upstreams, policy.tokens, ports),
      failedAuth(ports.limiter, policy.failedAuth, policy.sequence),
    ),
    addressStage,
    authorization,
    rate,
  )
  return (facts: Facts) => decide({ facts })
}

export type Decide = ReturnType<typeof decider>

/** Everything an allowed request has taught. */
export type Known = Extract<Awaited<ReturnType<Decide>>, { allowed: true }>['known']

export type RouteDecision = Decision<Known>

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
    run: (at) => {
      const outcome = stage.run(at)
      return outcome instanceof Promise ? outcome.then((settled) => settle(settled, at)) : settle(outcome, at)
    },
  }
}
