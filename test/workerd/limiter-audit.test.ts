/** The auditor on the real object: leases, isolates that come and go, evictions between any two calls. */
import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { objectLimiter, shardName } from '../../src/platform/limiter-client.ts'
import type { Charge, Limiter } from '../../src/ratelimit/limiter.ts'
import { ExactGcra } from '../ratelimit/model.ts'
import { seeded } from '../ratelimit/world.ts'

const START = 1_795_000_200_000

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: START }))
afterEach(() => void vi.useRealTimers())

const newIsolate = (): Limiter => objectLimiter(env.LIMITER, { shards: 1, budgetMs: 10_000 })

/** One life: random requests of three isolates; returns the moments at which requests were admitted. */
async function live(charge: Charge, random: () => number): Promise<{ times: number[]; leased: number }> {
  const fleet = [newIsolate(), newIsolate(), newIsolate()]
  const times: number[] = []
  let now = START
  let leased = 0
  for (let step = 0; step < 400; step++) {
    // Mostly busy, sometimes quiet long enough for leases to end.
    now += random() < 0.05 ? Math.floor(random() * 5000) : Math.floor(random() * 30)
    vi.setSystemTime(now)
    const which = Math.floor(random() ** 2 * fleet.length)
    const taken = await fleet[which]?.take([charge])
    if (taken?.admitted === true) times.push(now)
    if (taken?.admitted === true && taken.leased) leased++
    if (random() < 0.05) fleet[which] = newIsolate()
    if (random() < 0.1) {
      await fleet[which]?.take([{ ...charge, quantity: 0 }])
      await evictDurableObject(env.LIMITER.getByName(shardName(charge.key, 1, 'any')))
    }
  }
  return { times, leased }
}

test.each([1, 2, 3, 4])('no violation in life %i', async (seed) => {
  const random = seeded(seed)
  const quota = {
    period: 60_000,
    rate: [1500, 3000, 6000][seed % 3] ?? 3000,
    burst: [20, 50, 100, 500][seed % 4] ?? 50,
  }
  const charge: Charge = { group: 'g', key: `audit ${seed}`, quota, quantity: 1, leased: true }
  const { times, leased } = await live(charge, random)
  const model = new ExactGcra(quota)
  expect(times.filter((time) => !model.take(time).admitted)).toEqual([])
  expect(times.length).toBeGreaterThan(100)
  // Leases were really used, or nothing was shown.
  expect(leased).toBeGreaterThan(10)
})
