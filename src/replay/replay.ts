/** A decision log against another policy, line by line: what it would have decided otherwise. */
import type { Millis } from '../base/time.ts'
import { reportOnlyDates } from '../decision/report-only.ts'
import type { CompiledPolicy } from '../policy/model.ts'
import { tokenMaker } from '../testing/tokens.ts'
import { trialOf } from '../testing/trial.ts'
import type { LoggedDecision } from './log.ts'
import { requestsBy } from './paths.ts'
import { type Redecided, redecide } from './redecide.ts'

/** `would_deny`: allowed as before, and only while a rule is tried out. */
export const verdicts = [
  'newly_denied',
  'would_deny',
  'newly_allowed',
  'changed_reason',
  'unknown',
  'unchanged',
] as const
export type Verdict = (typeof verdicts)[number]

/** Lines with the same route, caller and outcome. */
export type ReplayGroup = {
  readonly verdict: Verdict
  readonly method: string
  readonly path: string
  readonly client: string | undefined
  /** `allowed` or the reason, as logged; with `would_deny` and a reason where a denial was let through. */
  readonly before: string
  /** The same by the other policy, or why nobody can know. */
  readonly after: string
  readonly count: number
  /** Of the first line. */
  readonly requestId: string
}

export type Replay = {
  readonly take: (line: LoggedDecision) => Promise<void>
  /** The most frequent first, verdict by verdict. */
  readonly groups: () => readonly ReplayGroup[]
}

/**
 * @param loggedBy - the policy that wrote the log, where it is known: it tells which paths a pattern stood for
 * @param now - when the requests come again: what is tried out until later refuses nobody
 */
export function replayOf(policy: CompiledPolicy, loggedBy: CompiledPolicy | undefined, now: Millis): Replay {
  const trial = trialOf(policy, tokenMaker(now))
  const ends = reportOnlyDates(policy).filter((end) => end <= now)
  const requestsOf = requestsBy(policy, loggedBy)
  const oldRoutes = new Map(loggedBy?.routes.map((route) => [route.id, route]))
  const answers = new Map<string, Redecided>()
  const groups = new Map<string, ReplayGroup>()
  return {
    take: async (line) => {
      // Logs repeat themselves: what a decision looks at is decided once.
      const { method, path, route, client, address, reason, step, decision, wouldDeny } = line
      const same = JSON.stringify([method, path, route, client, address, reason, step, decision, wouldDeny])
      // A policy decides otherwise once one of its trials is over.
      const isOwn = line.policy === policy.digest && !ends.some((end) => Date.parse(line.ts) < end)
      const answer = isOwn
        ? asLogged(line)
        : (answers.get(same) ?? (await redecide(line, trial, requestsOf, oldRoutes.get(route ?? ''))))
      if (!isOwn) answers.set(same, answer)
      const group = groupOf(line, answer)
      const key = JSON.stringify([group.verdict, method, path, client, group.before, group.after])
      const known = groups.get(key)
      groups.set(key, known ? { ...known, count: known.count + 1 } : group)
    },
    groups: () => verdicts.flatMap((verdict) => sorted([...groups.values()], verdict)),
  }
}

/** What the same policy has decided it would decide again, whatever the line leaves out. */
function asLogged({ decision, reason, wouldDeny: [report] }: LoggedDecision): Redecided {
  if (decision === 'denied') return { outcome: 'denied', reason: reason ?? 'denied' }
  return report === undefined ? { outcome: 'allowed' } : { outcome: 'allowed', wouldDeny: report.reason }
}

const sorted = (groups: readonly ReplayGroup[], verdict: Verdict): readonly ReplayGroup[] =>
  groups.filter((group) => group.verdict === verdict).toSorted((a, b) => b.count - a.count)

function groupOf(line: LoggedDecision, answer: Redecided): ReplayGroup {
  const { method, path, client, requestId } = line
  const [before, after] = [textOf(asLogged(line)), textOf(answer)]
  const verdict = verdictOf(asLogged(line), answer)
  return { verdict, method, path, client, before, after, count: 1, requestId }
}

function textOf(answer: Redecided): string {
  switch (answer.outcome) {
    case 'allowed':
      return answer.wouldDeny === undefined ? 'allowed' : `allowed (would_deny ${answer.wouldDeny})`
    case 'denied':
      return answer.reason
    case 'unknown':
      return answer.why
  }
}

function verdictOf(before: Redecided, after: Redecided): Verdict {
  if (after.outcome === 'unknown') return 'unknown'
  if (after.outcome === 'denied') {
    if (before.outcome === 'allowed') return 'newly_denied'
    return textOf(before) === textOf(after) ? 'unchanged' : 'changed_reason'
  }
  if (before.outcome !== 'allowed') return 'newly_allowed'
  return after.wouldDeny === undefined ? 'unchanged' : 'would_deny'
}
