import { expect, test } from 'vitest'
import type { Quota } from '../../src/ratelimit/config.ts'
import { fitsDoubles } from '../../src/ratelimit/gcra.ts'
import { goneAt } from '../../src/ratelimit/lifetime.ts'
import type { Charge } from '../../src/ratelimit/limiter.ts'
import { memoryLimiter } from '../../src/ratelimit/memory.ts'
import { chargedWith, current, type Row } from '../../src/ratelimit/row.ts'
import { fitting, standingOf } from '../../src/ratelimit/verdict.ts'

const T0 = 1_795_000_000_000
const admin: Quota = { period: 60_000, rate: 300, burst: 50 }

const charge = (quota: Quota, version = 0): Charge => ({ group: 'g', key: 'k', quota, quantity: 1, version })

/** A row that has just taken `quantity` requests. */
const used = (quota: Quota, quantity: number, version = 0): Row =>
  chargedWith(current(undefined, charge(quota, version), T0).row, quantity)

const remaining = (row: Row) => standingOf('g', row).remaining

test.each([
  ['stands still through a step back of 5 s', -5000, 0, false],
  ['drains nothing twice: forward again, to where it was', 0, 0, false],
  ['goes on from the new time after a bigger step', -5001, 0, true],
  ['drains as always when time goes forward', 200, 1, false],
  ['is empty long after, however far the clock jumped', 10 ** 12, 50, false],
])('a clock: %s', (_name, step, free, moved) => {
  const now = current(used(admin, 50), charge(admin), T0 + step)
  expect({ free: remaining(now.row), moved: now.moved }).toEqual({ free, moved })
})

test('after a clock far ahead was put right, the lock-out is one drain and not the size of the step', () => {
  let clock = T0 + 86_400_000
  const limiter = memoryLimiter(() => clock)
  const ask = () => limiter.take([{ ...charge(admin), quantity: 50 }])
  expect(ask()).toMatchObject({ admitted: true })
  clock = T0
  expect(ask()).toMatchObject({ admitted: false, retryMs: 10_000 })
  // Each refusal in between must not start the drain again.
  for (clock = T0; clock < T0 + 10_000; clock += 1000) expect(ask()).toMatchObject({ admitted: false })
  expect(ask()).toMatchObject({ admitted: true })
})

test.each([
  ['a higher rate frees nothing at once', { ...admin, rate: 600 }, 20],
  ['a lower rate takes nothing', { ...admin, rate: 30 }, 20],
  ['a bigger burst adds its difference', { ...admin, burst: 80 }, 50],
  ['a smaller burst is full, not overfull', { ...admin, burst: 10 }, 0],
  ['another period counts the same requests', { period: 1000, rate: 7, burst: 50 }, 20],
])('30 of 50 used, then %s', (_name, quota, free) => {
  const { row, moved } = current(used(admin, 30), charge(quota, 1), T0)
  expect({ free: remaining(row), moved }).toEqual({ free, moved: true })
})

test('a debt that is not a whole number of requests is rounded against the caller', () => {
  const { row } = current(used(admin, 1), charge({ period: 7, rate: 1, burst: 50 }, 1), T0 + 1)
  expect(row.debt).toBe(7)
})

test('a smaller burst frees its first request after the new interval, even when refused in between', () => {
  let clock = T0
  const limiter = memoryLimiter(() => clock)
  const slow: Quota = { period: 60_000, rate: 6, burst: 50 }
  limiter.take([{ ...charge(slow), quantity: 50 }])
  const fast = charge({ period: 60_000, rate: 600, burst: 10 }, 1)
  expect(limiter.take([fast])).toMatchObject({ admitted: false, retryMs: 100 })
  clock += 99
  expect(limiter.take([fast])).toMatchObject({ admitted: false, retryMs: 1 })
  clock += 1
  expect(limiter.take([fast])).toMatchObject({ admitted: true })
})

test('while two policies are in use the newer one holds; after a minute without it the older may win', () => {
  const small = charge({ ...admin, burst: 10 }, 2)
  const row = used(small.quota, 10, 2)
  const older = charge(admin, 1)
  expect(remaining(current(row, older, T0).row)).toBe(0)
  expect(current(row, older, T0 + 1000).row.quota.burst).toBe(10)
  const slow = used({ period: 3_600_000, rate: 1, burst: 10 }, 10, 2)
  expect(current(slow, older, T0 + 59_999).row.quota.burst).toBe(10)
  expect(current(slow, older, T0 + 60_000).row.quota.burst).toBe(50)
})

test('an average that appears starts empty, one that goes leaves nothing behind', () => {
  const average: Quota = { ...admin, average: { over: 600_000, rate: 6 } }
  const added = current(used(admin, 30), charge(average, 1), T0).row
  expect(standingOf('g', added).parts.map((part) => part.remaining)).toEqual([20, 60])
  const row = current(used(average, 30), charge(average), T0).row
  expect(standingOf('g', row).parts.map((part) => part.remaining)).toEqual([20, 30])
  expect(current(row, charge(admin, 1), T0).row.counts).toEqual([])
})

test('a row is gone only when it would count for nothing, a small step back of the clock included', () => {
  const row: Row = { ...used(admin, 50), leases: [{ id: 'a', tokens: 5, until: T0 + 3000 }] }
  // 3 s until the lease is charged, 35 + 5 requests that drain in 8 s, 5 s of slack.
  expect(goneAt(row)).toBe(T0 + 3000 + 8000 + 5000)
  const then = current(row, charge(admin), goneAt(row) - 5000).row
  expect(fitting(then, 1, 50)).toBe(50)
  const before = current(row, charge(admin), goneAt(row) - 5001).row
  expect(fitting(before, 1, 50)).toBe(49)
})

test('quotas that doubles cannot count are told apart', () => {
  expect(fitsDoubles({ period: 86_400_000, rate: 1, burst: 100_000_000 })).toBe(true)
  expect(fitsDoubles({ period: 86_400_000, rate: 1, burst: 105_000_000 })).toBe(false)
})
