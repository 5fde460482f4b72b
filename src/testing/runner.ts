/** Runs policy tests through the gateway's own decision function, with stand-ins for what a test cannot have. */
import { reportedIn } from '../decision/report-only.ts'
import type { RouteDecision } from '../pipeline.ts'
import type { CompiledPolicy } from '../policy/model.ts'
import type { PolicyTest } from '../policy/test-case.ts'
import { type Case, type Check, casesOf, type Expected } from './cases.ts'
import { castOf, type Met } from './senders.ts'
import { type Trial, trialOf } from './trial.ts'

export type CaseResult = {
  readonly case: Case
  readonly passed: boolean
  /** The check that failed, else the last one. */
  readonly check: Check
  readonly decision: RouteDecision
  /** What the request meets, whoever sends it. */
  readonly met: Met
}

export type PolicyRunner = {
  /** The outcome of every checked line or cell, in the order of the file. */
  readonly run: (test: PolicyTest) => Promise<readonly CaseResult[]>
}

/** Makes the decision function once; each case is then a few calls of it. */
export function policyRunner(policy: CompiledPolicy): PolicyRunner {
  const trial = trialOf(policy)
  return {
    run: async (test) => {
      const results: CaseResult[] = []
      for (const each of casesOf(test)) results.push(await resultOf(each, trial))
      return results
    },
  }
}

async function resultOf(each: Case, trial: Trial): Promise<CaseResult> {
  const met = await trial.meets(each.request)
  const [first, ...others] = each.checks
  let result = await checked(first, each, met, trial)
  for (const check of others) {
    if (result.passed) result = await checked(check, each, met, trial)
  }
  return result
}

async function checked(check: Check, each: Case, met: Met, trial: Trial): Promise<CaseResult> {
  const cast = castOf(check.sender, met, trial.policy)
  if (cast.client) trial.admit(cast.client)
  const sent = await trial.credentials(cast, met.route)
  const decision = await trial.decide(each.request, sent, cast.address)
  return { case: each, passed: isAsExpected(decision, check.expected), check, decision, met }
}

function isAsExpected(decision: RouteDecision, expected: Expected): boolean {
  if (expected !== 'allowed' && expected.reported) {
    const { reason } = expected
    return decision.allowed && reportedIn(decision.known).some(({ denial }) => denial.reason === reason)
  }
  if (decision.allowed || expected === 'allowed') return decision.allowed && expected === 'allowed'
  const { denial, step } = decision
  return denial.reason === expected.reason && step === (expected.step ?? step)
}
