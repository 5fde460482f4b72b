/** One request, decided and told step by step. What the question leaves open is *may*, never a guess. */
import { type IpAddress, isCallers } from '../base/address.ts'
import type { Reason } from '../decision/denial.ts'
import type { RouteDecision } from '../pipeline.ts'
import { admittedAddress } from '../testing/addresses.ts'
import { castOf, type Met } from '../testing/senders.ts'
import { type Trial, trialOf } from '../testing/trial.ts'
import type { ToldStep } from '../trace/narrate.ts'
import { nearestPaths } from './nearest.ts'
import { namesCaller, type Question } from './question.ts'
import { type Explained, neededFeatures, openSteps, toldSteps } from './steps.ts'
import { listsFor, type WhoMay, whoMay } from './who-may.ts'

export type Explanation = {
  /** `may`: allowed or denied by what the question leaves open. */
  readonly outcome: 'allowed' | 'denied' | 'may'
  /** With `denied`. */
  readonly reason?: Reason
  readonly steps: readonly ToldStep[]
  /** Where a caller is missing, or lacks a feature or a scope. */
  readonly whoMay?: WhoMay
  /** Where no route matches. */
  readonly nearest?: readonly string[]
}

/**
 * The decision is the gateway's: the question is put on the wire as a policy test would be.
 *
 * @param trial - of the same policy; whoever asks many questions makes it once
 */
export async function explain(
  explained: Explained,
  question: Question,
  trial: Trial = trialOf(explained.policy),
): Promise<Explanation> {
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

const readable = (from: Question['from']): IpAddress | undefined =>
  from === undefined || from === 'unreadable' || !isCallers(from) ? undefined : from

const outcomeOf = (decision: RouteDecision): Pick<Explanation, 'outcome' | 'reason'> =>
  decision.allowed ? { outcome: 'allowed' } : { outcome: 'denied', reason: decision.denial.reason }

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
  const lists = met.route === undefined ? [] : listsFor(cast.client, met.route, trial.policy)
  const assumed = from === undefined ? admittedAddress(lists) : undefined
  const decision = await trial.decide(request, sent, readable(from) ?? assumed)
  const steps = toldSteps(decision, explained, assumed !== undefined)
  if (decision.allowed) return { outcome: isOpen(steps) ? 'may' : 'allowed', steps }
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

/** Nobody is named: what can be decided is what comes before the credentials. */
async function ofNobody(
  explained: Explained,
  trial: Trial,
  { request, from }: Question,
  met: Required<Met>,
): Promise<Explanation> {
  const { route, callers } = met
  if (route === undefined || callers === undefined) return { outcome: 'may', steps: [] }
  const assumed = from === undefined ? admittedAddress(listsFor(undefined, route, trial.policy)) : undefined
  const decision = await trial.decide(request, {}, readable(from) ?? assumed)
  const steps = toldSteps(decision, explained, assumed !== undefined)
  if (!decision.allowed && decision.step === 'network') return { ...outcomeOf(decision), steps }
  return {
    outcome: 'may',
    steps: [
      ...steps.filter(({ verdict }) => verdict !== 'fail'),
      ...openSteps(route, request.method, callers, explained),
    ],
    whoMay: await whoMay(trial, request, met, readable(from)),
  }
}
