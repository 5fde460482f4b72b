import { expect, test } from 'vitest'
import { requestId, sample } from '../../src/platform/random.ts'

test('request ids are 16 lower-case letters and digits, and differ', () => {
  const ids = Array.from({ length: 5_000 }, requestId)
  for (const id of ids) expect(id).toMatch(/^[a-z0-9]{16}$/)
  expect(new Set(ids).size).toBe(ids.length)
})

test('every character of the alphabet is used about as often', () => {
  const counts = new Map<string, number>()
  for (let at = 0; at < 2_000; at++) {
    for (const character of requestId()) counts.set(character, (counts.get(character) ?? 0) + 1)
  }
  expect(counts.size).toBe(32)
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(250)
})

test('a sample is from 0 up to 1', () => {
  for (let at = 0; at < 1_000; at++) {
    const drawn = sample()
    expect(drawn).toBeGreaterThanOrEqual(0)
    expect(drawn).toBeLessThan(1)
  }
})
