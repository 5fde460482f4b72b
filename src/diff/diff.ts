/** The difference of two policies as a reviewer wants it: what opens, what closes, limits, and what else is new. */
import type { Millis } from '../base/time.ts'
import type { CompiledPolicy } from '../policy/model.ts'
import type { CallerName } from './caller.ts'
import { changesBetween, type Outcome } from './difference.ts'
import { type Group, type GroupRequest, groupsOf } from './groups.ts'
import { type LimitChange, limitChanges } from './limits.ts'
import { type Note, notesBetween } from './notes.ts'

/** Some callers on one route: a line of the report. */
export type Entry = Omit<Group, 'requests'> & { readonly request: GroupRequest }

export type PolicyDiff = {
  /** Were denied, would be allowed. */
  readonly opens: readonly Entry[]
  /** Were allowed, would be denied. */
  readonly closes: readonly Entry[]
  /** Denied either way, for another reason. */
  readonly reasons: readonly Entry[]
  readonly limits: readonly LimitChange[]
  readonly notes: readonly Note[]
}

/**
 * @param now - when the requests are sent whose decisions are compared
 * @param onRule - told before each kind of request how many are done
 */
export async function diffPolicies(
  before: CompiledPolicy,
  after: CompiledPolicy,
  now: Millis,
  onRule?: (done: number, total: number) => void,
): Promise<PolicyDiff> {
  const entries = groupsOf(await changesBetween(before, after, now, onRule)).flatMap(
    ({ requests, ...group }) => requests.map((request): Entry => ({ ...group, request })),
  )
  const sorted = entries
    .map((entry) => ({ entry, rank: rankOf(entry) }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ entry }) => entry)
  return {
    opens: sorted.filter(({ to }) => to === 'allowed'),
    closes: sorted.filter(({ from }) => from === 'allowed'),
    reasons: sorted.filter(({ from, to }) => from !== 'allowed' && to !== 'allowed'),
    limits: limitChanges(before, after, now),
    notes: notesBetween(before, after),
  }
}

/** What anybody can do comes first, then a credential or feature that is skipped, then a wider list; writes before reads. */
function rankOf({ callers, from, to, request }: Entry): number {
  const who = callers.some(isAnyone) ? 0 : 4
  const why = isAboutAddress(from) || isAboutAddress(to) ? 2 : 0
  const what = request.methods.some((method) => !READS.has(method)) ? 0 : 1
  return who + why + what
}

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

const isAnyone = ({ client, token }: CallerName): boolean => client === undefined && token === undefined

const isAboutAddress = (outcome: Outcome): boolean =>
  outcome === 'address_denied' || outcome === 'address_not_allowed'
