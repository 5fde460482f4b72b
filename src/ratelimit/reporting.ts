/**
 * Limits that are tried out: they count as if they refused, and refuse nobody. Each is charged what it would be charged
 * if it counted, so what it reports is what it will refuse.
 */
import { type Awaitable, ok, type Result, whenReady } from '../base/result.ts'
import type { Denial } from '../decision/denial.ts'
import type { Facts } from '../decision/facts.ts'
import { type ReportOnly, reportedAs, reportedUntil } from '../decision/report-only.ts'
import type { Known, RouteSlice } from './charges.ts'
import type { RateGroupConfig } from './config.ts'
import { type Rated, ratedBy } from './headers.ts'

type Outcome = Result<Rated, Denial>

/** Counts a request in groups that are charged together, all or none. */
export type Count = (
  groups: readonly RateGroupConfig[],
  at: { readonly facts: Facts; readonly route: RouteSlice },
  who: Known,
) => Awaitable<Outcome>

/** The same, but for what a route or a group that is tried out refuses. */
export function reporting(count: Count): Count {
  return (groups, at, who) => {
    const { now } = at.facts
    if (reportedUntil(now, at.route) !== undefined) {
      return whenReady(count(groups, at, who), (made) => untold(made, now, at.route, groups))
    }
    const tried = groups.filter((group) => reportedUntil(now, group) !== undefined)
    if (tried.length === 0) return count(groups, at, who)
    const counting = groups.filter((group) => !tried.includes(group))
    const inTried = () => whenReady(count(tried, at, who), (made) => untold(made, now, {}, tried))
    if (counting.length === 0) return inTried()
    // First those that count: what they refuse must not be charged to the others, and it goes on without the others.
    return whenReady(count(counting, at, who), (made) =>
      made.ok ? whenReady(inTried(), (reported) => withReport(made.value, reported)) : made,
    )
  }
}

/** What is tried out is told to nobody but the log. */
function untold(
  made: Outcome,
  now: Facts['now'],
  route: ReportOnly,
  groups: readonly RateGroupConfig[],
): Outcome {
  if (made.ok) return ok({ ...made.value, untold: true })
  const denial = made.error
  const refusing = groups.filter(({ name }) => 'group' in denial && name === denial.group)
  const reported = reportedAs(denial, now, route, ...refusing)
  const rated = ratedBy(denial)
  if (reported === undefined || rated === undefined) return made
  const { retryMs, degraded, ...rest } = rated
  return ok({ ...rest, untold: true, reported, ...(degraded && { degraded: { ...degraded, to: 'open' } }) })
}

/** The caller is told of the limits that count. */
const withReport = (rated: Rated, tried: Outcome): Outcome => {
  const reported = tried.ok ? tried.value.reported : undefined
  return ok(reported === undefined ? rated : { ...rated, reported })
}
