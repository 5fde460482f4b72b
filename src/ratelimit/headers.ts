/**
 * The header fields that tell a caller how it stands. Whole seconds from now, rounded up; nothing is printed
 * that is not known. See docs/rate-limits.md.
 */
import { ceilSeconds, type Millis, type Seconds } from '../base/time.ts'
import type { Denial } from '../decision/denial.ts'
import type { Reported } from '../decision/report-only.ts'
import type { LimitPart, Standing } from '../decision/standing.ts'
import { ceilDiv } from './gcra.ts'

/** What is known of a request's rate group when it is answered. */
export type Rated = {
  readonly group: string
  readonly limit: number
  /** Absent when the limiter could not be asked. */
  readonly standing?: Standing
  /** Set on a refusal that has an end: until the same request would be served. */
  readonly retryMs?: Millis
  /** Why the answer is not the limiter's own, and what the group does then. For operators only. */
  readonly degraded?: { readonly to: 'open' | 'local' | 'closed'; readonly why: string }
  /** Set where the limit is only tried out: no caller is told of it. */
  readonly untold?: true
  /** The refusal by a limit that is only tried out. */
  readonly reported?: Reported
}

type Field = readonly [name: string, value: string]

/** What `Access-Control-Expose-Headers` must name so that a page in a browser can read the fields. */
export const rateHeaderNames = [
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'RateLimit-Policy',
  'RateLimit',
  'Retry-After',
] as const

/**
 * The fields of one answer; none for a request that was not counted, or only by limits that are tried out.
 *
 * `X-RateLimit-*` and `Retry-After` as the vendor defines them (seed: Cloudentity, rate limits); `RateLimit`
 * and `RateLimit-Policy` as in draft-ietf-httpapi-ratelimit-headers-11.
 */
export function rateHeaders(rated: Rated | undefined): readonly Field[] {
  if (rated === undefined || rated.untold) return []
  const { standing, retryMs } = rated
  const fields: Field[] = [['X-RateLimit-Limit', String(rated.limit)]]
  if (standing !== undefined) {
    fields.push(
      ['X-RateLimit-Remaining', String(standing.remaining)],
      ['X-RateLimit-Reset', String(ceilSeconds(standing.resetMs))],
      ['RateLimit-Policy', list(standing, policyItem)],
      ['RateLimit', list(standing, (part) => stateItem(part, retryMs))],
    )
  }
  if (retryMs !== undefined) fields.push(['Retry-After', String(retrySeconds(retryMs))])
  return fields
}

/** What a denial tells of the rate group; undefined for the reasons that have nothing to do with one. */
export function ratedBy(denial: Denial): Rated | undefined {
  switch (denial.reason) {
    case 'rate_limited': {
      const { group, standing, retryMs } = denial
      return { group, limit: standing.limit, standing, ...(retryMs === undefined ? {} : { retryMs }) }
    }
    case 'limiter_unavailable': {
      const { group, limit, retryMs, why } = denial
      return { group, limit, retryMs, degraded: { to: 'closed', why } }
    }
    default:
      return undefined
  }
}

/** Retry-After in whole seconds, at least 1: after 0 seconds a caller would be refused again. */
export const retrySeconds = (retryMs: Millis): Seconds => Math.max(1, ceilSeconds(retryMs))

function list({ group, parts }: Standing, item: (part: LimitPart) => string): string {
  const [first, ...others] = parts
  if (first === undefined) return ''
  const text = `${nameOf(group, first)};${item(first)}`
  return others.reduce((all, part) => `${all}, ${nameOf(group, part)};${item(part)}`, text)
}

/** As the fields quote them. A policy has few groups. */
const names = { bucket: new Map<string, string>(), average: new Map<string, string>() }

function nameOf(group: string, { kind }: LimitPart): string {
  const known = names[kind].get(group)
  if (known !== undefined) return known
  const name = quoted(kind === 'bucket' ? group : `${group}-average`)
  names[kind].set(group, name)
  return name
}

/** Quota and window: together the rate that may be sustained. */
const policyItem = (part: LimitPart): string => `q=${part.limit};w=${secondsFor(part, part.limit)}`

/**
 * What is left, and the window for it. While something is left the two together are the sustained rate, so
 * that nobody is invited to exceed it; otherwise it is the wait, which Retry-After must not undercut.
 */
function stateItem(part: LimitPart, retryMs: Millis | undefined): string {
  const { remaining, nextMs } = part
  if (remaining > 0 && retryMs === undefined) return `r=${remaining};t=${secondsFor(part, remaining)}`
  // On a refusal no window may end after Retry-After.
  const seconds = remaining > 0 ? secondsFor(part, remaining) : ceilSeconds(nextMs)
  const end = retryMs === undefined ? seconds : Math.min(seconds, retrySeconds(retryMs))
  return `r=${remaining};t=${end}`
}

/** Whole seconds in which `count` requests may be sustained. */
const secondsFor = ({ period, rate }: LimitPart, count: number): Seconds =>
  ceilDiv(count * period, rate * 1000)

/** A string of RFC 9651, section 3.3.3: printable ASCII, quotes and backslashes escaped. */
const quoted = (text: string): string => `"${text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&')}"`
