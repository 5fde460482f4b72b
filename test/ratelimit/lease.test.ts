import { expect, test } from 'vitest'
import type { Quota } from '../../src/ratelimit/config.ts'
import { loanFor, withLease, withSettled } from '../../src/ratelimit/lease.ts'
import type { Charge } from '../../src/ratelimit/limiter.ts'
import { atPresent, chargedWith, current, type Row } from '../../src/ratelimit/row.ts'
import { standingOf, waitFor } from '../../src/ratelimit/verdict.ts'

const T0 = 1_795_000_000_000
const oauth2: Quota = { period: 60_000, rate: 3000, burst: 500 }

const charge = (quota: Quota, leased = true): Charge => ({ group: 'g', key: 'k', quota, quantity: 1, leased })
const used = (quota: Quota, quantity: number): Row =>
  chargedWith(current(undefined, charge(quota), T0).row, quantity)

const short = 2000
const long = 6000
test.each([
  ['five seconds of the demand while three quarters are free', oauth2, 0, 10, { tokens: 50, lifeMs: long }],
  ['the demand of a fraction, rounded up', oauth2, 0, 3.1, { tokens: 16, lifeMs: long }],
  ['an eighth of the bucket at most', oauth2, 0, 1000, { tokens: 62, lifeMs: long }],
  ['as long as three quarters are free with it', oauth2, 75, 10, { tokens: 50, lifeMs: long }],
  ['a second and a half of the demand otherwise', oauth2, 76, 10, { tokens: 15, lifeMs: short }],
  ['a few for one a second, while three quarters are free', oauth2, 0, 1, { tokens: 5, lifeMs: long }],
  ['none for one a second otherwise', oauth2, 400, 1, undefined],
  ['when half is taken too', oauth2, 400, 40, { tokens: 60, lifeMs: short }],
  ['what is left of a bucket that is nearly full', oauth2, 490, 40, { tokens: 10, lifeMs: short }],
  ['none when one is left', oauth2, 499, 40, undefined],
  ['none when the bucket is full', oauth2, 500, 40, undefined],
  ['none of a burst of one', { ...oauth2, burst: 1 }, 0, 40, undefined],
  ['none of a burst too small for two', { ...oauth2, burst: 15 }, 0, 40, undefined],
  ['two of the smallest that has them', { ...oauth2, burst: 16 }, 0, 40, { tokens: 2, lifeMs: long }],
  [
    'an eighth of what the average has left',
    { ...oauth2, average: { over: 60_000, rate: 400 } },
    240,
    40,
    { tokens: 20, lifeMs: short },
  ],
  [
    'none when the average is nearly spent',
    { ...oauth2, average: { over: 60_000, rate: 250 } },
    240,
    40,
    undefined,
  ],
])('a lease: %s', (_name, quota, taken, demand, loan) => {
  expect(loanFor(used(quota, taken), charge(quota), demand)).toEqual(loan)
})

test('leases are out for at most half the bucket altogether', () => {
  let row = used(oauth2, 0)
  const sizes: (number | undefined)[] = []
  for (let n = 0; n < 6; n++) {
    const loan = loanFor(row, charge(oauth2), 62)
    sizes.push(loan?.tokens)
    if (loan !== undefined) row = withLease(row, `l${n}`, loan)
  }
  expect(sizes).toEqual([62, 62, 62, 62, 2, undefined])
})

test.each([
  [31, { tokens: 62, lifeMs: long }],
  [32, undefined],
])('a lease pays for two requests at least: of %i each', (quantity, loan) => {
  expect(loanFor(used(oauth2, 0), { ...charge(oauth2), quantity }, 1000)).toEqual(loan)
})

test('a strict group leases nothing', () => {
  expect(loanFor(used(oauth2, 0), charge(oauth2, false), 40)).toBeUndefined()
})

test('leased requests do not drain while they are out, and are charged when they end', () => {
  const row = withLease(used(oauth2, 100), 'a', { tokens: 50, lifeMs: 2000 })
  expect(standingOf('g', row)).toMatchObject({ remaining: 350, resetMs: 3000 })
  // The 100 have drained after 2 s, the 50 have not.
  expect(standingOf('g', atPresent(row, T0 + 2500)).remaining).toBe(450)
  expect(standingOf('g', atPresent(row, T0 + 3000)).remaining).toBe(450)
  expect(standingOf('g', atPresent(row, T0 + 3500))).toMatchObject({ remaining: 475, resetMs: 500 })
})

test('what an isolate used is charged when it settles, the rest is free at once', () => {
  const row = atPresent(withLease(used(oauth2, 0), 'a', { tokens: 50, lifeMs: 2000 }), T0 + 1000)
  expect(standingOf('g', withSettled(row, 'a', 20)).remaining).toBe(480)
  expect(standingOf('g', withSettled(row, 'a', 999)).remaining).toBe(450)
  expect(withSettled(row, 'b', 20)).toBeUndefined()
  expect(withSettled(atPresent(row, T0 + 3000), 'a', 20)).toBeUndefined()
})

test('the wait for more than leases leave counts to their end, when they are charged', () => {
  const row = withLease(used(oauth2, 0), 'a', { tokens: 50, lifeMs: 2000 })
  expect(waitFor(row, 450)).toBe(0)
  expect(waitFor(row, 451)).toBe(3020)
  expect(waitFor(row, 501)).toBeUndefined()
})

test('leases count for the average from the grant until they are settled', () => {
  const quota = { ...oauth2, average: { over: 60_000, rate: 100 } }
  const row = withLease(used(quota, 10), 'a', { tokens: 10, lifeMs: 2000 })
  expect(standingOf('g', row).parts.map((part) => part.remaining)).toEqual([480, 80])
  const settled = withSettled(atPresent(row, T0 + 2000), 'a', 4)
  expect(standingOf('g', settled).parts.map((part) => part.remaining)).toEqual([496, 86])
})
