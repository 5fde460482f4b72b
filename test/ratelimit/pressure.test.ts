import { expect, test } from 'vitest'
import type { Quota } from '../../src/ratelimit/config.ts'
import { holdOf, pressed } from '../../src/ratelimit/pressure.ts'
import { chargedWith, current, type Row } from '../../src/ratelimit/row.ts'

const T0 = 1_795_000_000_000
const admin: Quota = { period: 60_000, rate: 300, burst: 50 }

const used = (quota: Quota, quantity: number): Row =>
  chargedWith(current(undefined, { group: 'g', key: 'k', quota, quantity: 1 }, T0).row, quantity)

test.each([
  ['the first time', admin, undefined, 0],
  ['long after the last time', admin, { at: T0 - 1001, holdMs: 0 }, 0],
  ['soon after', admin, { at: T0 - 1000, holdMs: 0 }, 100],
  ['again and again', admin, { at: T0 - 150, holdMs: 100 }, 400],
  ['not without end', admin, { at: T0 - 500, holdMs: 400 }, 1100],
  ['a quarter of the time in which the debt drains', { ...admin, burst: 10 }, { at: T0, holdMs: 400 }, 500],
  ['a small and fast bucket', { ...admin, rate: 6000, burst: 3 }, { at: T0, holdMs: 400 }, 7],
])('the hold of a cell found empty: %s', (_name, quota, before, holdMs) => {
  expect(pressed(before && { turn: 1, ...before }, used(quota, quota.burst))).toEqual({
    at: T0,
    holdMs,
    turn: holdMs === 0 ? 0 : 2,
  })
})

test('what is leased out does not drain, so it counts for no hold', () => {
  const leases = [{ id: 'a', tokens: 48, until: T0 + 2000 }]
  expect(pressed({ at: T0, holdMs: 1100, turn: 1 }, { ...used(admin, 2), leases }).holdMs).toBe(100)
})

test('who got something waits the whole hold, who got nothing a time of its own in the second half of it', () => {
  const turns = Array.from({ length: 100 }, (_, turn) => ({ at: T0, holdMs: 1000, turn }))
  expect(new Set(turns.map((pressure) => holdOf(pressure, true)))).toEqual(new Set([1000]))
  const ends = turns.map((pressure) => holdOf(pressure, false)).toSorted((a, b) => a - b)
  expect(ends.at(0)).toBeGreaterThanOrEqual(500)
  expect(ends.at(-1)).toBeLessThanOrEqual(1000)
  // Evenly: a hundred of them leave no gap of more than 15 ms.
  expect(Math.max(...ends.slice(1).map((end, at) => end - (ends[at] ?? 0)))).toBeLessThanOrEqual(15)
})
