/**
 * Rules that are tried out before they refuse anybody: what they would refuse is let through, and logged as
 * `would_deny`. Only the question of who may call is tried out, never the question of who is calling
 * (docs/decisions/0011-report-only.md).
 */
import type { Millis } from '../base/time.ts'
import type { Denial, Reason } from './denial.ts'
import type { StepName } from './stage.ts'

/** What a route, a client for its lists, or a rate group says of itself. */
export type ReportOnly = {
  /** Before this instant it refuses nobody. From then on it is as if the line were not there. */
  readonly reportOnlyUntil?: Millis
}

/** A denial that was let through, and from when on such denials are not. */
export type Reported = { readonly denial: Denial; readonly until: Millis }

export type ReportedStep = Reported & { readonly step: StepName }

/** The reasons that can be let through. A caller whom the route does not know is refused whatever is tried out. */
export const reportableReasons = [
  'address_denied',
  'address_not_allowed',
  'feature_missing',
  'scope_missing',
  'scope_excess',
  'rate_limited',
  'limiter_unavailable',
] as const satisfies readonly Reason[]

const reportable: ReadonlySet<Reason> = new Set(reportableReasons)

/**
 * Until when a refusal is let through for which any of these could stand: the last of their dates.
 *
 * @param now - of the request
 * @returns undefined where it counts
 */
export function reportedUntil(now: Millis, ...owners: readonly ReportOnly[]): Millis | undefined {
  const last = Math.max(0, ...owners.map(({ reportOnlyUntil = 0 }) => reportOnlyUntil))
  return now < last ? last : undefined
}

/** The denial as one that is let through; undefined where it counts. It costs nothing while nobody is refused. */
export function reportedAs(
  denial: Denial,
  now: Millis,
  ...owners: readonly ReportOnly[]
): Reported | undefined {
  const until = reportable.has(denial.reason) ? reportedUntil(now, ...owners) : undefined
  return until === undefined ? undefined : { denial, until }
}

type Found = { readonly reported?: Reported }

/** The steps that may let a refusal through, by what they teach. */
type Learned = {
  readonly networkCheck?: Found
  readonly early?: Found | undefined
  readonly addressCheck?: Found
  readonly entitlement?: Found
  readonly rate?: Found
}

/** What was let through on the way of one request, in the order of its steps. */
export function reportedIn(known: Learned): readonly ReportedStep[] {
  const { networkCheck, early, addressCheck, entitlement, rate } = known
  // A group that is counted early is handed on to the later step, and is one refusal all the same.
  const late = rate?.reported === early?.reported ? undefined : rate
  const found: readonly (readonly [StepName, Found | undefined])[] = [
    ['network', networkCheck],
    ['rate', early],
    ['address', addressCheck],
    ['features', entitlement],
    ['rate', late],
  ]
  return found.flatMap(([step, each]) => (each?.reported ? [{ step, ...each.reported }] : []))
}

/** What of a compiled policy may be tried out. */
type Owners = {
  readonly routes: readonly ReportOnly[]
  readonly clients: readonly ReportOnly[]
  readonly rateGroups: readonly ReportOnly[]
}

/** Every date on which something that is tried out begins to refuse, in no order. */
export const reportOnlyDates = ({ routes, clients, rateGroups }: Owners): readonly Millis[] =>
  [routes, clients, rateGroups].flat().flatMap(({ reportOnlyUntil }) => reportOnlyUntil ?? [])
