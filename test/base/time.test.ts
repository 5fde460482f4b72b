import { expect, test } from 'vitest'
import { CLOCK_STEP, ceilSeconds, dateText, durationText, elapsed } from '../../src/base/time.ts'

test.each([
  [0, 0],
  [1, 1],
  [1000, 1],
  [1001, 2],
])('%d ms are covered by %d s', (ms, seconds) => {
  expect(ceilSeconds(ms)).toBe(seconds)
})

test.each([
  ['goes by', 1000, 1000],
  ['does not go back for requests that see it a little differently', -CLOCK_STEP, -CLOCK_STEP],
  ['cannot be told by a clock that was set back', -CLOCK_STEP - 1, Number.POSITIVE_INFINITY],
  ['is long for what never was', Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
])('time %s', (_, difference, passed) => {
  expect(elapsed(5000 - difference, 5000)).toBe(passed)
})

test.each(['2027-02-01', '2027-02-01T12:00:00Z', '2027-02-01T00:00:01Z'])(
  '%s is written as it was read',
  (text) => {
    expect(dateText(Date.parse(text))).toBe(text)
  },
)

test.each([
  [1, '1ms'],
  [1500, '1500ms'],
  [60_000, '1m'],
  [90 * 60_000, '90m'],
  [3_600_000, '1h'],
  [2 * 86_400_000, '2d'],
])('%d ms are written as %s', (ms, text) => {
  expect(durationText(ms)).toBe(text)
})
