/** The rolling average against a complete log, with isolates that lease, calls that fail and objects that restart. */
import { expect, test } from 'vitest'
import type { Quota } from '../../src/ratelimit/config.ts'
import { type Admission, Isolate, World } from './world.ts'

/** The most requests in any closed window of `over` milliseconds. */
function fullest(admissions: readonly Admission[], over: number): number {
  const log = admissions
    .flatMap(({ at, quantity }) => Array<number>(quantity).fill(at))
    .toSorted((a, b) => a - b)
  let most = 0
  let first = 0
  for (const [last, at] of log.entries()) {
    while ((log[first] ?? at) < at - over) first++
    most = Math.max(most, last - first + 1)
  }
  return most
}

test.each(['strict', 'leased'])(
  'no window ever holds more than the quota: %s',
  async (consistency) => {
    const broken: unknown[] = []
    let reached = 0
    for (let seed = 0; seed < 60; seed++) {
      const world = new World(seed)
      const over = 5000 + Math.floor(world.random() * 20_000)
      const quota: Quota = {
        period: 1000,
        rate: 100,
        burst: 400,
        average: { over, rate: 10 + Math.floor(world.random() * 30) },
      }
      const limit = Math.floor(((quota.average?.rate ?? 0) * over) / quota.period)
      world.trouble = { lostRequest: 0.02, lostReply: 0.02, throws: 0.02, restart: 0.1, stepBack: 0 }
      const fleet = [new Isolate(world), new Isolate(world, { clock: 3_600_000 })]
      const charge = { group: 'g', key: 'k', quota, quantity: 1, leased: consistency === 'leased' }
      for (let second = 0; second < 60; second++) {
        const count = [0, 20, 40, 120][Math.floor(world.random() * 4)] ?? 0
        for (let n = 0; n < count; n++) {
          const time = world.now + Math.floor(world.random() * 1000)
          world.at(time, () => void fleet[Math.floor(world.random() * 2)]?.request(charge))
        }
        await world.runUntil(world.now + 1000)
      }
      const most = fullest(world.admissions, over)
      if (most > limit) broken.push({ seed, over, limit, most })
      if (most > limit * 0.9) reached++
    }
    expect(broken).toEqual([])
    // The quota was the limit that mattered, or nothing was shown.
    expect(reached).toBeGreaterThan(40)
  },
  60_000,
)
