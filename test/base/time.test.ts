import { expect, test } from 'vitest'
import { ceilSeconds } from '../../src/base/time.ts'

test.each([
  [0, 0],
  [1, 1],
  [1000, 1],
  [1001, 2],
])('%d ms are covered by %d s', (ms, seconds) => {
  expect(ceilSeconds(ms)).toBe(seconds)
})
