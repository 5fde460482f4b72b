/** A decision log against another policy, line by line: what it would have decided otherwise. */
import type { CompiledPolicy } from '../policy/model.ts'
import { trialOf } from '../testing/trial.ts'
import type { LoggedDecision } from './log.ts'
import { requestsBy } from './paths.ts'
import { type Redecided, redecide } from './redecide.ts'

export const verdicts = ['newly_denied', 'newly_allowed', 'changed_reason', 'unknown', 'unchanged'] as const
export type Verdict = (typeof verdicts)[number]

/** Lines with the same route, caller and outcome. */
export type ReplayGroup = {
  readonly verdict: Verdict
  readonly method: string
  readonly path: string
  readonly client: string | undefined
  /** `allowed` or the reason, as logged. */
  readonly before: string
  /** `allowed`, the reason, or why nobody can know. */
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

/** @param loggedBy - the policy that wrote the log, where it is known: it tells which paths a pattern stood for */
export function replayOf(policy: CompiledPolicy, loggedBy: CompiledPolicy | undefined): Replay {
  const trial = trialOf(policy)
  const requestsOf = requestsBy(policy, loggedBy)
  const oldRoutes = new Map(loggedBy?.routes.map((route) => [route.id, route]))
  const answers = new Map<string, Redecided>()
  const groups = new Map<string, ReplayGroup>()
  return {
    take: async (line) => {
      // Logs repeat themselves: what a decision looks at is decided once.
      const { method, path, route, client, address, reason, step, decision } = line
      const same = JSON.stringify([method, path, route, client, address, reason, step, decision])
      const isOwn = line.policy === policy.digest
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
const asLogged = ({ decision, reason }: LoggedDecision): Redecided =>
  decision === 'allowed' ? { outcome: 'allowed' } : { outcome: 'denied', reason: reason ?? 'denied' }

const sorted = (groups: readonly ReplayGroup[], verdict: Verdict): readonly ReplayGroup[] =>
  groups.filter((group) => group.verdict === verdict).toSorted((a, b) => b.count - a.count)

function groupOf(line: LoggedDecision, answer: Redecided): ReplayGroup {
  const { method, path, client, requestId, decision, reason } = line
  const before = decision === 'allowed' ? 'allowed' : (reason ?? 'denied')
  const after =
    answer.outcome === 'unknown' ? answer.why : answer.outcome === 'allowed' ? 'allowed' : answer.reason
  const verdict = verdictOf(before, answer, after)
  return { verdict, method, path, client, before, after, count: 1, requestId }
}

function verdictOf(before: string, answer: Redecided, after: string): Verdict {
  if (answer.outcome === 'unknown') return 'unknown'
  if (before === after) return 'unchanged'
  if (before === 'allowed') return 'newly_denied'
  return after === 'allowed' ? 'newly_allowed' : 'changed_reason'
}
