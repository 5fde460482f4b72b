/**
 * A cell as it is stored: the bucket's debt, the average's counts, and what has been leased out.
 * Pure. `current` brings a stored row to the present; the other functions work on a row of the present.
 */
import type { Millis } from '../base/time.ts'
import { type Counts, counted, regrouped, rolled, windowOf } from './average.ts'
import type { Quota } from './config.ts'
import { convertDebt, levelAt, steadyTime } from './gcra.ts'
import type { Charge } from './limiter.ts'

/** Requests handed out ahead of time. They do not drain while they are out; at `until` they are charged. */
export type Lease = { readonly id: string; readonly tokens: number; readonly until: Millis }

export type Row = {
  /** The quota the numbers below are counted in. */
  readonly quota: Quota
  /** Sequence of the policy that stated it, and when a policy that new was last heard of. */
  readonly version: number
  readonly versionAt: Millis
  /** Units in the bucket at the time `at`, those of leases not included. */
  readonly debt: number
  readonly at: Millis
  /** Requests per sub-bucket of the average, newest first, the first one holding `at`; leases not included. */
  readonly counts: readonly number[]
  readonly leases: readonly Lease[]
}

/** Where rows are kept. Both operations answer at once: there is no moment between reading and writing. */
export type Rows = {
  readonly get: (id: string) => Row | undefined
  readonly put: (id: string, row: Row) => void
}

/**
 * How long an older policy has to give way to a newer one. During a deployment both are in use, and a cell
 * converted back and forth would forget debt; after a rollback the older one must win in the end.
 */
const NEWER_POLICY_HOLDS_MS: Millis = 60_000

/** The name of a charge's cell. No part holds a line break. */
export const cellId = ({ cell, group, key, home }: Charge): string =>
  cell ?? (home === undefined || home === key ? `${group}\n${key}` : `${group}\n${key}\n${home}`)

/**
 * A row brought to the present: expired leases charged, the debt drained, old counts gone, and all of it
 * converted when the quota has changed.
 *
 * @returns the row, its `at` being the time that counts; `moved` tells that it must be stored even when
 *   nothing is admitted, because looking at the stored one again later would not come to the same
 */
export function current(
  stored: Row | undefined,
  charge: Charge,
  clock: Millis,
): { readonly row: Row; readonly moved: boolean } {
  if (stored === undefined) return { row: fresh(charge, clock), moved: false }
  const drained = atPresent(stored, clock)
  const rebased = drained.at < stored.at
  if (isEmpty(drained)) return { row: fresh(charge, drained.at), moved: rebased }
  const converted = underQuota(drained, charge)
  return { row: converted, moved: rebased || converted.quota !== drained.quota }
}

/** A row brought to the present under its own quota: expired leases charged, debt drained, old counts gone. */
export function atPresent(stored: Row, clock: Millis): Row {
  const now = steadyTime(stored.at, clock)
  return drainedAt(withExpiredCharged(now < stored.at ? shifted(stored, now) : stored, now), now)
}

/** Requests that are leased out. */
export const heldTokens = ({ leases }: Row): number => leases.reduce((sum, lease) => sum + lease.tokens, 0)

/** When the last lease ends. */
export const heldUntil = ({ leases, at }: Row): Millis =>
  leases.reduce((latest, lease) => Math.max(latest, lease.until), at)

/** The row with `quantity` requests more; fewer when it is negative and they were charged at this moment. */
export const chargedWith = (row: Row, quantity: number): Row => ({
  ...row,
  debt: row.debt + quantity * row.quota.period,
  counts: row.quota.average === undefined ? row.counts : counted(row, quantity).counts,
})

/** The row at `now`, a later time, its leases left as they are. */
export function drainedAt(row: Row, now: Millis): Row {
  if (now === row.at) return row
  return { ...row, debt: levelAt(row.quota, row, now), ...countsAt(row, now) }
}

/** The row with every lease that has ended by `now` charged in full, each at its end. */
function withExpiredCharged(row: Row, now: Millis): Row {
  const expired = row.leases.filter((lease) => lease.until <= now)
  if (expired.length === 0) return row
  let result: Row = { ...row, leases: row.leases.filter((lease) => lease.until > now) }
  for (const { tokens, until } of expired.toSorted((a, b) => a.until - b.until)) {
    result = chargedWith(drainedAt(result, Math.max(result.at, until)), tokens)
  }
  return result
}

/** Two quotas that count alike. */
export const sameQuota = (a: Quota, b: Quota): boolean =>
  a === b ||
  (a.period === b.period &&
    a.rate === b.rate &&
    a.burst === b.burst &&
    a.average?.over === b.average?.over &&
    a.average?.rate === b.average?.rate)

const fresh = ({ quota, version = 0 }: Charge, at: Millis): Row => ({
  quota,
  version,
  versionAt: at,
  debt: 0,
  at,
  counts: [],
  leases: [],
})

const isEmpty = ({ debt, counts, leases }: Row): boolean =>
  debt === 0 && counts.length === 0 && leases.length === 0

/** A row whose clock stepped back far: debt and leases go on from the new time with what they had left. */
function shifted(row: Row, now: Millis): Row {
  const step = row.at - now
  return {
    ...row,
    at: now,
    versionAt: row.versionAt - step,
    leases: row.leases.map((lease) => ({ ...lease, until: lease.until - step })),
  }
}

function countsAt(row: Row, now: Millis): Counts {
  const window = windowOf(row.quota)
  return window === undefined ? { at: now, counts: [] } : rolled(window, row, now)
}

function underQuota(row: Row, { quota, version = 0 }: Charge): Row {
  const newer = version >= row.version
  if (!newer && row.at - row.versionAt < NEWER_POLICY_HOLDS_MS) return row
  const stated = { ...row, version, versionAt: row.at }
  if (sameQuota(row.quota, quota)) return stated
  return {
    ...stated,
    quota,
    debt: convertDebt(row.debt, row.quota, quota),
    counts: regroupedCounts(row, quota),
  }
}

function regroupedCounts(row: Row, quota: Quota): readonly number[] {
  const from = windowOf(row.quota)
  const to = windowOf(quota)
  if (from === undefined || to === undefined) return []
  return from.step === to.step ? row.counts : regrouped(from, to, row).counts
}
