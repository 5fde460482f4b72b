import { expect, test } from 'vitest'
import type { Quota } from '../../src/ratelimit/config.ts'
import { ratedBy, rateHeaderNames, rateHeaders } from '../../src/ratelimit/headers.ts'
import { memoryLimiter } from '../../src/ratelimit/memory.ts'

const admin: Quota = { period: 60_000, rate: 300, burst: 50 }

/** The headers of the last of several answers; `waits` are the pauses before each. */
function headersAfter(quota: Quota, quantities: number[], waits: number[] = []): Record<string, string> {
  let now = 1_795_000_200_000
  const limiter = memoryLimiter(() => now)
  let fields: Record<string, string> = {}
  for (const [at, quantity] of quantities.entries()) {
    now += waits[at] ?? 0
    const taken = limiter.take([{ group: 'admin', key: 'k', quota, quantity }])
    if (taken instanceof Promise || taken.admitted === 'unknown') throw new Error('the twin answers at once')
    const rated = taken.admitted
      ? { group: 'admin', limit: taken.standing.limit, standing: taken.standing }
      : ratedBy({ reason: 'rate_limited', group: 'admin', standing: taken.standing, retryMs: taken.retryMs })
    fields = Object.fromEntries(rateHeaders(rated))
  }
  return fields
}

test('the first request of an empty bucket', () => {
  expect(headersAfter(admin, [1])).toEqual({
    'X-RateLimit-Limit': '50',
    'X-RateLimit-Remaining': '49',
    'X-RateLimit-Reset': '1',
    'RateLimit-Policy': '"admin";q=50;w=10',
    RateLimit: '"admin";r=49;t=10',
  })
})

test('a refusal: the wait is that for one request, the reset that for all', () => {
  expect(headersAfter(admin, [50, 1])).toEqual({
    'X-RateLimit-Limit': '50',
    'X-RateLimit-Remaining': '0',
    'X-RateLimit-Reset': '10',
    'RateLimit-Policy': '"admin";q=50;w=10',
    RateLimit: '"admin";r=0;t=1',
    'Retry-After': '1',
  })
})

test('the last of a bucket is admitted, with nothing remaining and no Retry-After', () => {
  expect(headersAfter({ period: 60_000, rate: 1, burst: 1 }, [1])).toEqual({
    'X-RateLimit-Limit': '1',
    'X-RateLimit-Remaining': '0',
    'X-RateLimit-Reset': '60',
    'RateLimit-Policy': '"admin";q=1;w=60',
    RateLimit: '"admin";r=0;t=60',
  })
})

test('more than the burst: no Retry-After, since no wait helps, and nothing is pretended to be used', () => {
  expect(headersAfter(admin, [10, 51])).toMatchObject({
    'X-RateLimit-Remaining': '40',
    'X-RateLimit-Reset': '2',
  })
  expect(headersAfter(admin, [10, 51])).not.toHaveProperty('Retry-After')
})

test('the rolling average is a second policy, and decides what remains when it has less', () => {
  const quota = { ...admin, average: { over: 600_000, rate: 6 } }
  expect(headersAfter(quota, [50, 5], [0, 10_000])).toEqual({
    'X-RateLimit-Limit': '50',
    'X-RateLimit-Remaining': '5',
    'X-RateLimit-Reset': '600',
    'RateLimit-Policy': '"admin";q=50;w=10, "admin-average";q=60;w=600',
    RateLimit: '"admin";r=45;t=9, "admin-average";r=5;t=50',
  })
  expect(headersAfter(quota, [50, 10, 1], [0, 10_000])).toMatchObject({
    'X-RateLimit-Limit': '50',
    'X-RateLimit-Remaining': '0',
    'Retry-After': '600',
    RateLimit: '"admin";r=40;t=8, "admin-average";r=0;t=600',
  })
})

test.each([
  [1, '1'],
  [1000, '1'],
  [1001, '2'],
  [59_001, '60'],
])('a group that is closed while the limiter is out of reach: %i ms', (retryMs, seconds) => {
  const rated = ratedBy({
    reason: 'limiter_unavailable',
    group: 'admin',
    limit: 50,
    retryMs,
    why: 'overloaded',
  })
  expect(Object.fromEntries(rateHeaders(rated))).toEqual({
    'X-RateLimit-Limit': '50',
    'Retry-After': seconds,
  })
})

test('an open group tells the limit and nothing that nobody knows', () => {
  const rated = { group: 'admin', limit: 50, degraded: { to: 'open', why: 'overloaded' } } as const
  expect(rateHeaders(rated)).toEqual([['X-RateLimit-Limit', '50']])
})

test('a request that was not counted has no fields', () => {
  expect(rateHeaders(undefined)).toEqual([])
  expect(rateHeaders(ratedBy({ reason: 'unknown_route' }))).toEqual([])
})

test('every field that can be sent is named for browsers', () => {
  expect(rateHeaderNames).toEqual(expect.arrayContaining(Object.keys(headersAfter(admin, [50, 1]))))
})
