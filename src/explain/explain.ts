/** One request, decided and told step by step. What the question leaves open is *may*, never a guess. */
import type { IpAddress } from '../base/address.ts'
import type { Reason } from '../decision/denial.ts'
import { reportedIn } from '../decision/report-only.ts'
import type { RouteDecision } from '../pipeline.ts'
import { castOf, type Met } from '../testing/senders.ts'
import type { Trial } from '../testing/trial.ts'
import { type ToldStep, untilWords } from '../trace/narrate.ts'
import { nearestPaths } from './nearest.ts'
import { namesCaller, type Question } from './question.ts'
import { type Explained, neededFeatures, openSteps, toldSteps } from './steps.ts'
import { likelyAddress, type WhoMay, whoMay } from './who-may.ts'

export type Explanation = {
  /** `may`: allowed or denied by what the question leaves open. */
  readonly outcome: 'allowed' | 'denied' | 'may'
  /** With `denied`. */
  readonly reason?: Reason
  /** What rules that are only tried out would deny, in the order of the steps. */
  readonly wouldDeny?: readonly Reason[]
  readonly steps: readonly ToldStep[]
  /** Where a caller is missing, or lacks a feature or a scope. */
  readonly whoMay?: WhoMay
  /** Where no route matches. */
  readonly nearest?: readonly string[]
}

/**
 * The decision is the gateway's: the question is put on the wire as a policy test would be.
 *
 * @param trial - of the same policy, at the instant that is asked about; whoever asks many questions makes it once
 */
export async function explain(explained: Explained, question: Question, trial: Trial): Promise<Explanation> {
  const met = await trial.meets(question.request)
  const { route, callers } = met
  if (route === undefined || callers === undefined) return withoutRule(explained, trial, question)
  return route.auth === 'none' || namesCaller(question)
    ? ofCaller(explained, trial, question, met)
    : ofNobody(explained, trial, question, { route, callers })
}

async function withoutRule(explained: Explained, trial: Trial, question: Question): Promise<Explanation> {
  const decision = await trial.decide(question.request, {}, readable(question.from))
  const steps = toldSteps(decision, explained, false)
  if (decision.allowed || decision.denial.reason !== 'unknown_route') return { ...outcomeOf(decision), steps }
  return { ...outcomeOf(decision), steps, nearest: nearestPaths(question.request.path, explained.policy) }
}

const readable = (from: Question['from']): IpAddress | undefined => (from === 'unreadable' ? undefined : from)

type Outcome = Pick<Explanation, 'outcome' | 'reason' | 'wouldDeny'>

function outcomeOf(decision: RouteDecision): Outcome {
  const reports = reportedIn(decision.known).map(({ denial }) => denial.reason)
  const wouldDeny = reports.length > 0 && { wouldDeny: reports }
  return decision.allowed
    ? { outcome: 'allowed', ...wouldDeny }
    : { outcome: 'denied', reason: decision.denial.reason, ...wouldDeny }
}

async function ofCaller(
  explained: Explained,
  trial: Trial,
  { request, from, client, token, scopes }: Question,
  met: Met,
): Promise<Explanation> {
  const caller = { client, token, scopes, from: undefined }
  const cast = castOf({ kind: 'written', caller }, met, trial.policy)
  if (cast.client) trial.admit(cast.client)
  const sent = await trial.credentials(cast, met.route)
  const assumed = from === undefined && met.route ? likelyAddress(cast.client, met.route, trial) : undefined
  const decision = await trial.decide(request, sent, readable(from) ?? assumed)
  const steps = toldSteps(decision, explained, assumed !== undefined)
  if (decision.allowed) {
    const known = withWarningUnknown(decision, steps, scopes === undefined)
    return { ...outcomeOf(decision), ...known, ...(isOpen(steps) && { outcome: 'may' }) }
  }
  const lacks = decision.denial.reason === 'feature_missing' || decision.denial.reason === 'scope_missing'
  if (!lacks) return { ...outcomeOf(decision), steps }
  const may = await whoMay(trial, request, met, undefined)
  return (
    withScopesUnknown(decision, steps, scopes === undefined) ?? { ...outcomeOf(decision), steps, whoMay: may }
  )
}

/** Every request says *may* at the rate limit, so that one does not count. */
const isOpen = (steps: readonly ToldStep[]): boolean =>
  steps.some(({ step, verdict }) => verdict === 'may' && step !== 'rate')

/** A token whose scopes the question does not name may have the right one. */
function withScopesUnknown(
  { known }: RouteDecision,
  steps: readonly ToldStep[],
  isUnknown: boolean,
): Explanation | undefined {
  const { callers, principal } = known
  if (!isUnknown || principal?.by !== 'token' || callers?.kind !== 'any_of') return undefined
  if (callers.scopes.length === 0) return undefined
  const told = steps.map(
    (step): ToldStep =>
      step.verdict === 'fail' ? { ...step, verdict: 'may', words: neededFeatures(callers) } : step,
  )
  return { outcome: 'may', steps: told }
}

/** The same, where the route is only tried out and lets it in whatever its scopes are. */
function withWarningUnknown(
  { known: { callers, entitlement, principal } }: RouteDecision,
  steps: readonly ToldStep[],
  isUnknown: boolean,
): Pick<Explanation, 'steps' | 'wouldDeny'> {
  const reported = entitlement?.reported
  const isOpenQuestion = isUnknown && principal?.by === 'token' && callers?.kind === 'any_of'
  if (!reported || !isOpenQuestion || callers.scopes.length === 0) return { steps }
  const words = `${neededFeatures(callers)}; ${untilWords(reported.until)}`
  return { steps: steps.map((step) => (step.step === 'features' ? { ...step, words } : step)) }
}

/** Nobody is named: what can be decided is what comes before the credentials. */
async function ofNobody(
  explained: Explained,
  trial: Trial,
  { request, from }: Question,
  met: Required<Met>,
): Promise<Explanation> {
  const { route, callers } = met
  if (route === undefined || callers === undefined) return { outcome: 'may', steps: [] }
  const assumed = from === undefined ? likelyAddress(undefined, route, trial) : undefined
  const decision = await trial.decide(request, {}, readable(from) ?? assumed)
  const steps = toldSteps(decision, explained, assumed !== undefined)
  if (!decision.allowed && decision.step === 'network') return { ...outcomeOf(decision), steps }
  return {
    outcome: 'may',
    steps: [
      ...steps.filter(({ verdict }) => verdict !== 'fail'),
      ...openSteps(route, request.method, callers, explained, trial.now),
    ],
    whoMay: await whoMay(trial, request, met, readable(from)),
  }
}
