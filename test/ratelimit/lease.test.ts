import { expect, test } from 'vitest'
import type { Quota } from '../../src/ratelimit/config.ts'
import { leaseSize, withLease, withSettled } from '../../src/ratelimit/lease.ts'
import type { Charge } from '../../src/ratelimit/limiter.ts'
import { nextHold } from '../../src/ratelimit/pressure.ts'
import { atPresent, chargedWith, current, type Row } from '../../src/ratelimit/row.ts'
import { standingOf, waitFor } from '../../src/ratelimit/verdict.ts'

const T0 = 1_795_000_000_000
const oauth2: Quota = { period: 60_000, rate: 3000, burst: 500 }

const charge = (quota: Quota, leased = true): Charge => ({ group: 'g', key: 'k', quota, quantity: 1, leased })
const used = (quota: Quota, quantity: number): Row =>
  chargedWith(current(undefined, charge(quota), T0).row, quantity)

test.each([
  ['as much as wanted', oauth2, 0, 40, 40],
  ['an eighth of the bucket at most', oauth2, 0, 1000, 62],
  ['while more than half is free', oauth2, 249, 40, 40],
  ['none when half is taken', oauth2, 250, 40, 0],
  ['none of a burst of one', { ...oauth2, burst: 1 }, 0, 40, 0],
  ['none of a burst too small for two', { ...oauth2, burst: 15 }, 0, 40, 0],
  ['two of the smallest that has them', { ...oauth2, burst: 16 }, 0, 40, 2],
  [
    'an eighth of what the average has left',
    { ...oauth2, average: { over: 60_000, rate: 400 } },
    240,
    40,
    20,
  ],
  ['none when the average is nearly spent', { ...oauth2, average: { over: 60_000, rate: 250 } }, 240, 40, 0],
])('a lease: %s', (_name, quota, taken, wanted, size) => {
  expect(leaseSize(used(quota, taken), charge(quota), wanted)).toBe(size)
})

test('leases are out for at most half the bucket altogether', () => {
  let row = used(oauth2, 0)
  const sizes: number[] = []
  for (let n = 0; n < 6; n++) {
    const size = leaseSize(row, charge(oauth2), 62)
    sizes.push(size)
    if (size > 0) row = withLease(row, `l${n}`, size)
  }
  expect(sizes).toEqual([62, 62, 62, 62, 2, 0])
})

test('a strict group leases nothing', () => {
  expect(leaseSize(used(oauth2, 0), charge(oauth2, false), 40)).toBe(0)
})

test('leased requests do not drain while they are out, and are charged when they end', () => {
  const row = withLease(used(oauth2, 100), 'a', 50)
  expect(standingOf('g', row)).toMatchObject({ remaining: 350, resetMs: 3000 })
  // The 100 have drained after 2 s, the 50 have not.
  expect(standingOf('g', atPresent(row, T0 + 2500)).remaining).toBe(450)
  expect(standingOf('g', atPresent(row, T0 + 3000)).remaining).toBe(450)
  expect(standingOf('g', atPresent(row, T0 + 3500))).toMatchObject({ remaining: 475, resetMs: 500 })
})

test('what an isolate used is charged when it settles, the rest is free at once', () => {
  const row = atPresent(withLease(used(oauth2, 0), 'a', 50), T0 + 1000)
  expect(standingOf('g', withSettled(row, 'a', 20)).remaining).toBe(480)
  expect(standingOf('g', withSettled(row, 'a', 999)).remaining).toBe(450)
  expect(withSettled(row, 'b', 20)).toBeUndefined()
  expect(withSettled(atPresent(row, T0 + 3000), 'a', 20)).toBeUndefined()
})

test('the wait for more than leases leave counts to their end, when they are charged', () => {
  const row = withLease(used(oauth2, 0), 'a', 50)
  expect(waitFor(row, 450)).toBe(0)
  expect(waitFor(row, 451)).toBe(3020)
  expect(waitFor(row, 501)).toBeUndefined()
})

test('leases count for the average from the grant until they are settled', () => {
  const quota = { ...oauth2, average: { over: 60_000, rate: 100 } }
  const row = withLease(used(quota, 10), 'a', 10)
  expect(standingOf('g', row).parts.map((part) => part.remaining)).toEqual([480, 80])
  const settled = withSettled(atPresent(row, T0 + 2000), 'a', 4)
  expect(standingOf('g', settled).parts.map((part) => part.remaining)).toEqual([496, 86])
})

const admin: Quota = { period: 60_000, rate: 300, burst: 50 }
test.each([
  ['the first refusal', admin, undefined, 0],
  ['one long after', admin, { at: T0 - 101, holdMs: 0 }, 0],
  ['one soon after', admin, { at: T0 - 100, holdMs: 0 }, 25],
  ['again and again', admin, { at: T0 - 150, holdMs: 100 }, 200],
  ['not without end', admin, { at: T0 - 300, holdMs: 200 }, 250],
  [
    'a quarter of what a small bucket saves up',
    { ...admin, rate: 6000, burst: 3 },
    { at: T0, holdMs: 200 },
    5,
  ],
  ['a burst of one saves nothing', { ...admin, burst: 1 }, { at: T0, holdMs: 200 }, 0],
])('the hold after a refusal: %s', (_name, quota, before, holdMs) => {
  expect(nextHold(before, used(quota, quota.burst))).toBe(holdMs)
})
