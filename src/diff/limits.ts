/** Rate limits that became looser or tighter. They decide nothing about a single request, so they stand apart. */
import { dateText, type Millis } from '../base/time.ts'
import { type ReportOnly, reportedUntil } from '../decision/report-only.ts'
import type { CompiledPolicy } from '../policy/model.ts'
import type { Quota, RateGroupConfig } from '../ratelimit/config.ts'

export type LimitChange = {
  /** A rate group, or a route that moved to another one. */
  readonly subject: string
  /** What of it changed. */
  readonly field: string
  readonly before: string
  readonly after: string
  /** `other`: neither, or not to be compared. */
  readonly direction: 'looser' | 'tighter' | 'other'
}

/** @param now - until when a limit that is tried out may have begun to count */
export function limitChanges(
  before: CompiledPolicy,
  after: CompiledPolicy,
  now: Millis,
): readonly LimitChange[] {
  const [inA, inB] = [before, after].map(
    ({ rateGroups }) => new Map(rateGroups.map((group): [string, RateGroupConfig] => [group.name, group])),
  )
  const names = new Set([...(inA?.keys() ?? []), ...(inB?.keys() ?? [])])
  const groups = [...names].flatMap((name) => groupChanges(name, inA?.get(name), inB?.get(name), now))
  const failed = quotaChanges('failed_auth', before.failedAuth, after.failedAuth)
  return [...groups, ...failed, ...routeChanges(before, after, now)]
}

/** A group that is new or gone limits what a route says it does, and the routes are looked at apart. */
function groupChanges(
  name: string,
  a: RateGroupConfig | undefined,
  b: RateGroupConfig | undefined,
  now: Millis,
): readonly LimitChange[] {
  if (a === undefined || b === undefined) return []
  return [
    ...quotaChanges(name, a, b),
    ...plain(name, 'per', a.per.join(' and '), b.per.join(' and ')),
    ...plain(name, 'before_auth', String(a.beforeAuth), String(b.beforeAuth)),
    ...plain(name, 'consistency', a.consistency, b.consistency),
    ...plain(name, 'on_failure', a.onFailure, b.onFailure),
    ...trialChanges(name, a, b, now),
  ]
}

function quotaChanges(name: string, a: Quota, b: Quota): readonly LimitChange[] {
  const rate = sameText(a.period, b.period) ? [String(a.rate), String(b.rate)] : [a, b].map(rateText)
  return [
    ...compared(name, 'rate', rate, a.rate / a.period, b.rate / b.period),
    ...compared(name, 'burst', [String(a.burst), String(b.burst)], a.burst, b.burst),
    ...compared(name, 'average', [averageText(a), averageText(b)], averageOf(a), averageOf(b)),
  ]
}

const sameText = (a: Millis, b: Millis): boolean => a === b

const rateText = ({ rate, period }: Quota): string => `${rate} per ${period / 1000}s`

const averageText = ({ average, period }: Quota): string =>
  average === undefined ? 'none' : `${average.rate} per ${period / 1000}s over ${average.over / 1000}s`

/** No average is no bound. */
const averageOf = ({ average, period }: Quota): number =>
  average === undefined ? Number.POSITIVE_INFINITY : average.rate / period

function compared(
  subject: string,
  field: string,
  [before = '', after = '']: readonly string[],
  a: number,
  b: number,
): readonly LimitChange[] {
  if (before === after) return []
  const direction = a === b ? 'other' : a < b ? 'looser' : 'tighter'
  return [{ subject, field, before, after, direction }]
}

const plain = (subject: string, field: string, before: string, after: string): readonly LimitChange[] =>
  before === after ? [] : [{ subject, field, before, after, direction: 'other' }]

/** A limit that is tried out refuses nobody: the later it begins to count, the looser it is. */
function trialChanges(subject: string, a: ReportOnly, b: ReportOnly, now: Millis): readonly LimitChange[] {
  const [before, after] = [a, b].map(({ reportOnlyUntil: until }) =>
    until === undefined ? 'none' : dateText(until),
  )
  if (before === undefined || after === undefined || before === after) return []
  const [from = 0, to = 0] = [a, b].map((each) => reportedUntil(now, each))
  const direction = from === to ? 'other' : from < to ? 'looser' : 'tighter'
  return [{ subject, field: 'report_only', before, after, direction }]
}

/** A route in another group: looser where rate and burst are both at least what they were. */
function routeChanges(before: CompiledPolicy, after: CompiledPolicy, now: Millis): readonly LimitChange[] {
  const routes = new Map(before.routes.map((route) => [route.id, route]))
  return after.routes.flatMap((route): readonly LimitChange[] => {
    const { id, rateGroup } = route
    const old = routes.get(id)
    if (old === undefined) return []
    const [a, b] = [groupNamed(before, old.rateGroup), groupNamed(after, rateGroup)]
    const moved: LimitChange = {
      subject: id,
      field: 'rate_group',
      before: old.rateGroup,
      after: rateGroup,
      direction: directionOf(a, b),
    }
    return [...(old.rateGroup === rateGroup ? [] : [moved]), ...trialChanges(id, old, route, now)]
  })
}

const groupNamed = ({ rateGroups }: CompiledPolicy, name: string): RateGroupConfig | undefined =>
  rateGroups.find((group) => group.name === name)

function directionOf(a: Quota | undefined, b: Quota | undefined): LimitChange['direction'] {
  if (a === undefined || b === undefined) return 'other'
  const signs = [b.rate / b.period - a.rate / a.period, b.burst - a.burst].map(Math.sign)
  if (signs.every((sign) => sign === 0)) return 'other'
  if (signs.every((sign) => sign >= 0)) return 'looser'
  return signs.every((sign) => sign <= 0) ? 'tighter' : 'other'
}
