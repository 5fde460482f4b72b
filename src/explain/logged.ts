/** A line of the decision log, told again by the policy of today: the decision, and what nobody can know of it. */
import { formatInterval } from '../base/interval.ts'
import type { Millis } from '../base/time.ts'
import { type Reason, reasons } from '../decision/denial.ts'
import { steps } from '../decision/stage.ts'
import { isCutOff, type LoggedDecision, type LoggedReport } from '../replay/log.ts'
import { tokenMaker } from '../testing/tokens.ts'
import { type Trial, trialOf } from '../testing/trial.ts'
import type { ToldStep } from '../trace/narrate.ts'
import { type Explanation, explain } from './explain.ts'
import {
  hadNoAddress,
  hadToken,
  isCut,
  questionBehind,
  type ReadLine,
  readLine,
  tokenOf,
} from './logged-question.ts'
import type { Question } from './question.ts'
import type { Explained } from './steps.ts'

export type LoggedExplanation = {
  readonly question: Question
  readonly explanation: Explanation
  /** What cannot be known, in sentences. */
  readonly unknown: readonly string[]
}

/**
 * The policy that is asked need not be the one that decided then. Where it is, the explanation ends as the line does.
 *
 * @param now - when the policy is asked. One that made the decision itself is asked as it was then
 * @param trial - of the same policy, at that instant; whoever asks for many lines makes it once
 */
export async function explainLine(
  line: LoggedDecision,
  explained: Explained,
  now: Millis,
  trial?: Trial,
): Promise<LoggedExplanation> {
  const read = readLine(line, explained.policy)
  const question = questionBehind(read)
  const then = read.isOwn ? Date.parse(line.ts) : now
  const asked = trial ?? trialOf(explained.policy, tokenMaker(then))
  const explanation = await explain(explained, question, asked)
  const told = asLogged(withReports(explanation, read), read)
  return { question, explanation: told, unknown: [...gapsOf(read)] }
}

/** What was reported then and cannot be found again, such as a limit that was used up, is told as the log has it. */
function withReports(explanation: Explanation, { line, isOwn }: ReadLine): Explanation {
  const isTold = ({ step }: LoggedReport): boolean =>
    explanation.steps.some((told) => told.step === step && told.verdict === 'warn')
  const lost = isOwn ? line.wouldDeny.filter((report) => !isTold(report)) : []
  if (lost.length === 0) return explanation
  const told = lost.flatMap((report): readonly ToldStep[] => {
    const step = steps.find((each) => each === report.step)
    const same = explanation.steps.find((each) => each.step === step)
    const words = `would be refused: ${saidBy(report)}; report only until ${report.until}`
    return step === undefined ? [] : [{ step, verdict: 'warn', words, place: same?.place }]
  })
  const others = explanation.steps.filter(
    ({ step, verdict }) => verdict === 'fail' || !told.some((each) => each.step === step),
  )
  const rank = ({ step, verdict }: ToldStep): number =>
    verdict === 'fail' ? steps.length : steps.indexOf(step)
  const wouldDeny = reasons.filter((reason) => line.wouldDeny.some((report) => report.reason === reason))
  return { ...explanation, steps: [...others, ...told].toSorted((a, b) => rank(a) - rank(b)), wouldDeny }
}

const saidBy = ({ why, reason }: Pick<LoggedReport, 'why' | 'reason'>): string =>
  why ?? `${reason.replaceAll('_', ' ')}, says the log`

/** Refused for something that no line of the log can say. */
const unsaid: readonly Reason[] = [
  'bad_request',
  'body_too_large',
  'credentials_missing',
  'credentials_invalid',
  'credentials_ambiguous',
  'issuer_unavailable',
  'scope_excess',
  'rate_limited',
  'limiter_unavailable',
]

/** The steps up to the one that denied then, where the line is all there is to know of why it did. Another policy may see it otherwise. */
function asLogged(explanation: Explanation, { line, isOwn }: ReadLine): Explanation {
  const reason = reasons.find((each) => each === line.reason)
  const step = steps.find((each) => each === line.step)
  if (!isOwn) return isCutOff(line) || hadNoPath(line) ? { outcome: 'may', steps: [] } : explanation
  if (reason === undefined || step === undefined) return explanation
  if (!unsaid.includes(reason) && !isCutOff(line)) return explanation
  const earlier = steps.slice(0, steps.indexOf(step))
  const before = explanation.steps.filter((told) => told.verdict !== 'fail' && earlier.includes(told.step))
  const place = explanation.steps.find((told) => told.step === step)?.place
  const words = saidBy({ why: line.why, reason })
  const failed: ToldStep = { step, verdict: 'fail', words, place }
  const { wouldDeny } = explanation
  return { outcome: 'denied', reason, steps: [...before, failed], ...(wouldDeny && { wouldDeny }) }
}

/** Not even the target was read (`http/facts.ts`). */
const hadNoPath = ({ path }: LoggedDecision): boolean => path === ''

function* gapsOf(read: ReadLine): Generator<string> {
  const { line, isOwn, isKnownClient, path } = read
  if (!isOwn) yield `another policy decided then: ${line.policy}`
  if (line.path !== path) yield `the log has the pattern and not the path; tried with ${path}`
  if (isCutOff(line)) yield 'the log has the beginning of the path only'
  if (hadNoPath(line)) yield 'the request could not be read, and nothing of it is in the log'
  if (line.client !== undefined && !isKnownClient) yield `client ${line.client} is not in this policy`
  yield* addressGaps(read)
  yield* credentialGaps(read)
  if (line.step === 'rate') yield 'how much of the limit was used up then is not in the log'
}

function* addressGaps(read: ReadLine): Generator<string> {
  const { address } = read.line
  if (address === undefined) {
    if (!hadNoAddress(read)) yield 'the line has no address'
  } else if (address.from !== address.to) {
    const fitting = read.isOwn ? '; one is taken that fits the decision' : ''
    const cut = isCut(address, read) ? `, and a list cuts it${fitting}` : ', and no list cuts it'
    yield `of the address the log has ${formatInterval(address)} only${cut}`
  }
}

function* credentialGaps(read: ReadLine): Generator<string> {
  const { client, step, reason } = read.line
  const isTaken = hadToken(read)
  if (step === 'credentials') yield `the credentials that were refused (${reason}) are not in the log`
  else if (isTaken || client !== undefined)
    yield `credentials are not logged; right ones are taken${isTaken ? `, and ${tokenText(read)}` : ''}`
}

function tokenText(read: ReadLine): string {
  const { scopes = [] } = tokenOf(read)
  return scopes.length === 0 ? 'a token without scopes' : 'a token with the scopes that are asked for'
}
