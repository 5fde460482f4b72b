/** `rate_groups:`, and the limit on failed authentications. */
import type { CountedBy, Quota, RateGroupConfig } from '../ratelimit/config.ts'
import { fitsDoubles } from '../ratelimit/gcra.ts'
import { type Cursor, follow, placeOfKey, placeOfValue } from '../source/cursor.ts'
import { errorAt, type Problem } from '../source/problem.ts'
import type { Defined } from './definitions.ts'
import { durationMillis } from './fields.ts'
import { readReportOnly } from './report-only.ts'
import type { RateGroupBlock } from './schema.ts'

export function readRateGroup(
  { name, value, at }: Defined<RateGroupBlock>,
  problems: Problem[],
): RateGroupConfig {
  const { before_auth: beforeAuth = false } = value
  const written = countedBy(value)
  if (beforeAuth && written.some(isLearnedLater)) problems.push(nobodyIsKnown(follow(at, 'per')))
  return {
    name,
    ...readQuota(value, at, problems),
    per: [...new Set(written)],
    beforeAuth,
    consistency: value.consistency ?? 'leased',
    onFailure: value.on_failure ?? 'local',
    ...(value.budget !== undefined && { budgetMs: durationMillis(value.budget) }),
    ...readReportOnly(value),
  }
}

/** What a group counts by, as it is written or else as it is meant. */
export function countedBy({ per, before_auth: beforeAuth = false }: RateGroupBlock): readonly CountedBy[] {
  if (per === undefined) return [beforeAuth ? 'address' : 'client']
  return [per].flat()
}

/** The tenant too: anybody can name one, and would use up its limit. */
const isLearnedLater = (by: CountedBy): boolean => by !== 'address' && by !== 'route'

const nobodyIsKnown = (at: Cursor): Problem =>
  errorAt('P0312', placeOfValue(at), 'before the credentials are read, nobody is known to count by', {
    help: 'write `per: address`, or leave out `before_auth`',
  })

type QuotaBlock = Pick<RateGroupBlock, 'period' | 'rate' | 'burst' | 'average'>

/** @param at - the block that has the fields */
export function readQuota(
  { period, rate, burst, average }: QuotaBlock,
  at: Cursor,
  problems: Problem[],
): Quota {
  const bucket = { period: durationMillis(period), rate, burst }
  if (!fitsDoubles(bucket)) {
    problems.push(
      errorAt('P0312', placeOfKey(at), 'the burst over this period is too large to be counted exactly', {
        help: 'write a shorter period, with a rate to match, or a smaller burst',
      }),
    )
  }
  if (average === undefined) return bucket
  const over = durationMillis(average.over)
  problems.push(...checkAverage(over, average.rate, bucket, follow(at, 'average')))
  return { ...bucket, average: { over, rate: average.rate } }
}

function checkAverage(over: number, rate: number, bucket: Quota, at: Cursor): Problem[] {
  if (over < bucket.period) {
    const message = 'the average looks back over less than one period'
    return [
      errorAt('P0312', placeOfValue(follow(at, 'over')), message, {
        help: 'make `over` a few periods at least',
      }),
    ]
  }
  if ((rate * over) / bucket.period <= Number.MAX_SAFE_INTEGER) return []
  return [errorAt('P0312', placeOfKey(at), 'so many requests cannot be counted exactly')]
}
