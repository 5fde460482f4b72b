import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  averageFits,
  averageWait,
  type Counts,
  counted,
  regrouped,
  rolled,
  total,
  windowOf,
} from '../../src/ratelimit/average.ts'

const START = 1_795_000_000_000

const windows = fc
  .record({ over: fc.integer({ min: 60, max: 3_600_000 }), limit: fc.integer({ min: 1, max: 200 }) })
  .map(({ over, limit }) => ({ over, limit, step: Math.ceil(over / 60) }))

const requests = fc.array(
  fc.record({
    pause: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 300_000 })),
    quantity: fc.integer({ min: 1, max: 20 }),
  }),
  { minLength: 1, maxLength: 200 },
)

test('the quota is the mean per period times the periods of the window', () => {
  const quota = { period: 60_000, rate: 300, burst: 50, average: { over: 3 * 3_600_000, rate: 200 } }
  expect(windowOf(quota)).toEqual({ over: 10_800_000, limit: 36_000, step: 180_000 })
  expect(windowOf({ period: 60_000, rate: 1, burst: 1 })).toBeUndefined()
})

test('never admits more than the limit in any window, and refuses early by one sub-bucket at most', () => {
  fc.assert(
    fc.property(windows, requests, (window, life) => {
      const log: number[] = []
      const between = (from: number, to: number) => log.filter((time) => time >= from && time <= to).length
      let now = START
      let counts: Counts = { at: now, counts: [] }
      for (const { pause, quantity } of life) {
        now += pause
        counts = rolled(window, counts, now)
        if (averageFits(window, counts, quantity, 1) > 0) {
          counts = counted(counts, quantity)
          for (let n = 0; n < quantity; n++) log.push(now)
          // Windows that end now hold the most: none of those before has grown.
          expect(between(now - window.over, now)).toBeLessThanOrEqual(window.limit)
        } else {
          expect(between(now - window.over - window.step, now) + quantity).toBeGreaterThan(window.limit)
        }
      }
    }),
    { numRuns: 500 },
  )
})

test('the wait is exact: served at its end, refused one millisecond before', () => {
  fc.assert(
    fc.property(windows, requests, fc.integer({ min: 1, max: 200 }), (window, life, asked) => {
      let now = START
      let counts: Counts = { at: now, counts: [] }
      for (const { pause, quantity } of life) {
        now += pause
        counts = rolled(window, counts, now)
        if (averageFits(window, counts, quantity, 1) > 0) counts = counted(counts, quantity)
      }
      const wait = averageWait(window, counts, asked)
      if (asked > window.limit) {
        expect(wait).toBeUndefined()
        return
      }
      const fitsAfter = (ms: number) => averageFits(window, rolled(window, counts, now + ms), asked, 1)
      expect(fitsAfter(wait ?? 0)).toBe(1)
      if (wait !== 0) expect(fitsAfter((wait ?? 0) - 1)).toBe(0)
    }),
    { numRuns: 500 },
  )
})

test('counts moved to another step leave no earlier than their requests do', () => {
  fc.assert(
    fc.property(windows, windows, requests, (from, to, life) => {
      const log: number[] = []
      let now = START
      let counts: Counts = { at: now, counts: [] }
      for (const { pause } of life) {
        now += pause
        counts = counted(rolled(from, counts, now), 1)
        log.push(now)
      }
      const kept = total(rolled(to, regrouped(from, to, counts), now))
      const reach = Math.min(from.over, to.over)
      expect(kept).toBeGreaterThanOrEqual(log.filter((time) => time >= now - reach).length)
    }),
    { numRuns: 300 },
  )
})
