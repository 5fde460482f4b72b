/** An auditor replays the true moments of admission against the exact model, which shares no code with the limiter. */
import { describe, expect, test } from 'vitest'
import type { Quota } from '../../src/ratelimit/config.ts'
import type { Charge } from '../../src/ratelimit/limiter.ts'
import { ExactGcra } from './model.ts'
import { type Admission, Isolate, World } from './world.ts'

/**
 * A policy drawn by the world's own dice: interval from 5 ms to 2 s, burst from 1 to 2000.
 *
 * @param leastDrain - shortest time in which a full bucket may drain, in milliseconds
 */
function randomPolicy(random: () => number, leastDrain = 0): Quota {
  const intervals = [5, 10, 11, 20, 33, 100, 200, 1000, 2000]
  const bursts = [1, 2, 3, 10, 16, 50, 100, 500, 2000]
  const pick = (from: number[]) => from[Math.floor(random() * from.length)] ?? 1
  const period = [1000, 60_000, 3_600_000][Math.floor(random() * 3)] ?? 1000
  const quota = { period, rate: Math.max(1, Math.round(period / pick(intervals))), burst: pick(bursts) }
  return (quota.burst * period) / quota.rate < leastDrain ? randomPolicy(random, leastDrain) : quota
}

/** How many requests more than the exact model allows were admitted at their moments; 0 is what must be. */
function violations(quota: Quota, admissions: readonly Admission[]): number {
  const model = new ExactGcra(quota)
  let refused = 0
  for (const { at, quantity } of admissions.toSorted((a, b) => a.at - b.at)) {
    // One at a time: a batch is as many requests of one moment.
    for (let n = 0; n < quantity; n++) if (!model.take(at).admitted) refused++
  }
  return refused
}

const countOf = (admissions: readonly Admission[]) =>
  admissions.reduce((sum, { quantity }) => sum + quantity, 0)

const policies = Array.from({ length: 200 }, (_, seed) => seed)

describe.each(['strict', 'leased'])('%s groups', (consistency) => {
  const chargeOf = (quota: Quota): Charge => ({
    ...{ group: 'g', key: 'k', quota, quantity: 1 },
    leased: consistency === 'leased',
  })

  test('200 random policies in a hostile world: no violation', async () => {
    const seen: unknown[] = []
    let total = 0
    for (const seed of policies) {
      const world = new World(seed)
      const quota = randomPolicy(world.random)
      world.trouble = { lostRequest: 0.01, lostReply: 0.01, throws: 0.02, restart: 0.1, stepBack: 0.005 }
      await stormyLife(world, quota, chargeOf(quota))
      total += countOf(world.admissions)
      const violated = violations(quota, world.admissions)
      if (violated > 0) seen.push({ seed, quota, violated, of: countOf(world.admissions) })
    }
    expect(seen).toEqual([])
    expect(total).toBeGreaterThan(20_000)
  }, 120_000)

  test('200 random policies under steady load: at least 98 % of what the exact model admits', async () => {
    const short: unknown[] = []
    let [admitted, possible] = [0, 0]
    for (const seed of policies) {
      const world = new World(seed + 1000)
      // A bucket that is empty again after a few round trips loses what the network delays, whoever counts.
      const quota = randomPolicy(world.random, 500)
      const exact = await steadyLife(world, quota, chargeOf(quota))
      expect(violations(quota, world.admissions)).toBe(0)
      const got = countOf(world.admissions)
      admitted += got
      possible += exact
      // When the run ends, what drained during the last re-ask hold is still in the bucket, and a lease half used.
      const unclaimed = 2 + 2 * Math.min(quota.burst / 8, (1100 * quota.rate) / quota.period)
      if (got < exact * 0.98 - unclaimed) short.push({ seed, quota, got, exact })
    }
    expect(short).toEqual([])
    expect(admitted / possible).toBeGreaterThan(0.98)
  }, 120_000)
})

test('requests of different weights on leased groups in a hostile world: no violation', async () => {
  const seen: unknown[] = []
  let heavy = 0
  for (const seed of policies) {
    const world = new World(seed + 3000)
    const quota = randomPolicy(world.random)
    world.trouble = { lostRequest: 0.01, lostReply: 0.01, throws: 0.02, restart: 0.1, stepBack: 0.005 }
    const charge: Charge = { group: 'g', key: 'k', quota, quantity: 1, leased: true }
    await stormyLife(world, quota, charge, () => 1 + Math.floor(world.random() ** 4 * 12))
    heavy += world.admissions.filter(({ quantity }) => quantity > 1).length
    const violated = violations(quota, world.admissions)
    if (violated > 0) seen.push({ seed, quota, violated })
  }
  expect(seen).toEqual([])
  expect(heavy).toBeGreaterThan(3000)
}, 120_000)

/** Steady load, quiet times and floods in turn, on isolates that come and go. */
async function stormyLife(
  world: World,
  quota: Quota,
  charge: Charge,
  weigh: () => number = () => 1,
): Promise<void> {
  const interval = quota.period / quota.rate
  const fleet = Array.from({ length: 3 }, () => newIsolate(world))
  for (let phase = 0; phase < 9; phase++) {
    const steady = Math.ceil(Math.min(4000, interval * 150 * world.random()))
    // Steady load makes isolates lease; a quiet time lets leases grow old; a flood uses what it can get.
    const weighed = () => ({ ...charge, quantity: weigh() })
    spread(world, fleet, weighed, Math.min(200, steady / interval), steady)
    await world.runUntil(world.now + steady)
    await world.runUntil(world.now + Math.floor(world.random() * 6000))
    if (world.random() < 0.5) spread(world, fleet, weighed, quota.burst * world.random() * 1.2, 50)
    await world.runUntil(world.now + 200)
    if (world.random() < 0.3) {
      const [gone] = fleet.splice(Math.floor(world.random() * fleet.length), 1, newIsolate(world))
      if (gone !== undefined) gone.lost = true
    }
  }
}

/** Plans requests over the next `length` milliseconds, more of them on the first isolates. */
function spread(
  world: World,
  fleet: readonly Isolate[],
  charge: () => Charge,
  count: number,
  length: number,
): void {
  for (let n = 0; n < count; n++) {
    world.at(world.now + Math.floor(world.random() * length), () => {
      void fleet[Math.floor(world.random() ** 2 * fleet.length)]?.request(charge())
    })
  }
}

/** Evenly random load around the rate; returns what the exact model admits of the same arrivals. */
async function steadyLife(world: World, quota: Quota, charge: Charge): Promise<number> {
  const interval = quota.period / quota.rate
  const fleet = Array.from({ length: 1 + Math.floor(world.random() * 4) }, () => newIsolate(world))
  const gap = interval * (0.4 + world.random() * 0.9)
  const model = new ExactGcra(quota)
  let exact = 0
  const start = world.now
  let at = 0
  for (let n = 0; n < 1600; n++) {
    at += gap * world.random() * 2
    const time = Math.floor(start + at)
    if (model.take(time).admitted) exact++
    world.at(time, () => void fleet[Math.floor(world.random() * fleet.length)]?.request(charge))
  }
  await world.runUntil(start + at + 1000)
  return exact
}

/** An isolate whose clock is up to a day wrong: only its differences may count. */
const newIsolate = (world: World) =>
  new Isolate(world, { clock: Math.floor((world.random() - 0.5) * 172_800_000) })
