/** The reasons that a policy test can expect, and why not the others: a test is one request that is sent nowhere. */
import { type Reason, reasons } from '../decision/denial.ts'
import { reportableReasons } from '../decision/report-only.ts'

/** Reasons that no test comes to, each with what is in the way. */
const untestable = {
  body_too_large: 'the requests of a test carry nothing but credentials',
  upgrade_refused: 'the requests of a test ask for no upgrade',
  issuer_unavailable: 'no issuer is asked in a test',
  rate_limited: 'each request of a test stands alone, and nothing is counted',
  limiter_unavailable: 'each request of a test stands alone, and nothing is counted',
} as const satisfies Readonly<Partial<Record<Reason, string>>>

type Untestable = keyof typeof untestable

const isUntestable = (reason: string): reason is Untestable => Object.hasOwn(untestable, reason)

/** @returns why no test can expect the reason; undefined where one can, and for a word that is no reason */
export const whyUntestable = (reason: string): string | undefined =>
  isUntestable(reason) ? untestable[reason] : undefined

/** The words under `denied:`. */
export const testableReasons = reasons.filter(
  (reason): reason is Exclude<Reason, Untestable> => !isUntestable(reason),
)

/** The words under `would_deny:`. */
export const testableReports = reportableReasons.filter(
  (reason): reason is Exclude<(typeof reportableReasons)[number], Untestable> => !isUntestable(reason),
)
