import fc from 'fast-check'
import { expect, test } from 'vitest'
import { median, ratios, rounded, spread } from '../../bench/stats.ts'

test.each([
  [[3], 3],
  [[1, 9], 5],
  [[9, 1, 2], 2],
  [[4, 1, 3, 2], 2.5],
])('the median of %j is %d', (values, middle) => {
  expect(median(values)).toBe(middle)
})

test('of nothing there is no median', () => {
  expect(median([])).toBeNaN()
})

test('a median lies among its values, in whatever order they come', () => {
  const values = fc.array(fc.integer({ min: 1, max: 1e6 }), { minLength: 1 })
  fc.assert(
    fc.property(values, (all) => {
      expect(median(all)).toBe(median(all.toReversed()))
      expect(median(all)).toBeGreaterThanOrEqual(Math.min(...all))
      expect(median(all)).toBeLessThanOrEqual(Math.max(...all))
    }),
  )
})

test('the spread is the distance of the extremes, as a share of the median', () => {
  expect(spread([90, 100, 130])).toBe(0.4)
  expect(spread([7, 7])).toBe(0)
})

test('what slows both sides of a round leaves the ratio as it is', () => {
  expect(ratios([90, 45, 9], [100, 50, 10])).toEqual([0.9, 0.9, 0.9])
})

test('rounds to digits after the point', () => {
  expect(rounded(0.12345, 3)).toBe(0.123)
  expect(rounded(1234.5, 0)).toBe(1235)
})
