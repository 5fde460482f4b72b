/**
 * What a rate group does while the limiter cannot be asked. Only a failure of transport leads here; a refusal
 * is an answer.
 */
import { fail, ok, type Result } from '../base/result.ts'
import type { Millis } from '../base/time.ts'
import type { Denial } from '../decision/denial.ts'
import type { Quota, RateGroupConfig } from './config.ts'
import type { Rated } from './headers.ts'
import type { Charge, Limiter, Taken } from './limiter.ts'
import { memoryLimiter } from './memory.ts'

/** One isolate's part of a group's quota. Ten isolates at a place are many; if there are more, it is still bounded. */
const SHARE = 10

/** Cells kept while falling back. */
const CELLS = 5000

/** A refusal of the group's own: long enough to take the pressure away, short enough not to outlast a hiccup. */
const RETRY_MS: Millis = 1000
const JITTER_MS: Millis = 2000

type Instead = (
  group: RateGroupConfig,
  charge: Charge,
  unknown: Extract<Taken, { admitted: 'unknown' }>,
  now: Millis,
) => Result<Rated, Denial>

/** The stand-in of one isolate: refuses, counts for itself a tenth of the quota, or lets pass. */
export function standIn(): Instead {
  let clock = 0
  const local = memoryLimiter(() => clock, CELLS)
  return (group, charge, { why, spent = 0 }, now) => {
    switch (group.onFailure) {
      case 'open':
        return ok({ group: group.name, limit: group.burst, degraded: { to: 'open', why } })
      case 'closed':
        return fail(unavailable(group, why, now))
      case 'local': {
        clock = now
        const quota = share(group)
        // What weighs more than the whole share takes all of it; else it could not be served until the limiter is back.
        const own: Charge = { ...charge, quota, quantity: Math.min(charge.quantity, quota.burst) }
        startFrom(local, own, spent)
        const taken = local.take([own])
        // Neither a promise nor unknown, since it is in memory; were it one, the group would close.
        return taken instanceof Promise || taken.admitted === 'unknown'
          ? fail(unavailable(group, why, now))
          : locally(group, taken, why)
      }
    }
  }
}

/** The strictest first: what one group refuses must not be charged to another's share. */
const strictness = ['closed', 'local', 'open'] as const

/**
 * The answer to a request of several groups: refused when one of them refuses.
 *
 * @param groups - its groups, at least one
 * @param charges - theirs, in the same order
 */
export function insteadOf(
  groups: readonly RateGroupConfig[],
  charges: readonly Charge[],
  unknown: Extract<Taken, { admitted: 'unknown' }>,
  now: Millis,
  instead: Instead,
): Result<Rated, Denial> {
  const shares = groups.flatMap((group, at) => ({ group, charge: charges[at] }))
  const sorted = strictness.flatMap((kind) => shares.filter(({ group }) => group.onFailure === kind))
  const answers: Rated[] = []
  for (const { group, charge } of sorted) {
    if (charge === undefined) throw new Error(`nothing is charged in ${group.name}`)
    // What is known to be spent is known of the first charge alone.
    const known = charge === charges[0] ? unknown : { admitted: unknown.admitted, why: unknown.why }
    const answer = instead(group, charge, known, now)
    if (!answer.ok) return answer
    answers.push(answer.value)
  }
  const [rated, ...others] = answers
  if (rated === undefined) throw new Error('a request without a rate group')
  return ok(others.reduce((least, other) => (other.limit < least.limit ? other : least), rated))
}

/** Begins an unused share where the cell was left: a caller who had spent everything starts with nothing. */
function startFrom(local: Limiter, own: Charge, spent: number): void {
  const quantity = Math.min(own.quota.burst, Math.ceil(spent / SHARE))
  const now = local.take([{ ...own, quantity: 0 }])
  const unused = !(now instanceof Promise) && now.admitted === true && now.standing.resetMs === 0
  if (unused && quantity > 0) local.take([{ ...own, quantity }])
}

/** A tenth of the rate and of the burst, at least 1. The average needs no share: it is far slower than an outage. */
const share = ({ period, rate, burst }: Quota): Quota => ({
  period: period * SHARE,
  rate,
  burst: Math.max(1, Math.floor(burst / SHARE)),
})

/** The stand-in's numbers are not the group's, so only the limit is told, and when to come back. */
function locally(
  group: RateGroupConfig,
  taken: Exclude<Taken, { admitted: 'unknown' }>,
  why: string,
): Result<Rated, Denial> {
  const limit = group.burst
  if (taken.admitted) return ok({ group: group.name, limit, degraded: { to: 'local', why } })
  const retryMs = taken.retryMs ?? RETRY_MS
  return fail({
    reason: 'limiter_unavailable',
    group: group.name,
    retryMs,
    limit,
    why: `local share spent: ${why}`,
  })
}

const unavailable = (group: RateGroupConfig, why: string, now: Millis): Denial => ({
  reason: 'limiter_unavailable',
  group: group.name,
  // Spread by the caller's own time of arrival, so that not all of them come back at once.
  retryMs: RETRY_MS + ((now * 7919) % JITTER_MS),
  limit: group.burst,
  why,
})
