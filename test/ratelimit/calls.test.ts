/** How often the object is asked: what the isolate saves, counted. */
import { expect, test } from 'vitest'
import type { Quota } from '../../src/ratelimit/config.ts'
import type { Charge, Taken } from '../../src/ratelimit/limiter.ts'
import { Isolate, World } from './world.ts'

const oauth2: Quota = { period: 60_000, rate: 3000, burst: 500 }
const admin: Quota = { period: 60_000, rate: 300, burst: 50 }
const otp: Quota = { period: 60_000, rate: 1, burst: 1 }
const auditEvents: Quota = { period: 60_000, rate: 6000, burst: 2000 }

const leased = (quota: Quota): Charge => ({ group: 'g', key: 'k', quota, quantity: 1, leased: true })
const strict = (quota: Quota): Charge => ({ group: 'g', key: 'k', quota, quantity: 1 })

/** Sends `perSecond` requests a second for `seconds`, in turn over the isolates. */
async function load(world: World, fleet: Isolate[], charge: Charge, perSecond: number, seconds: number) {
  const counts = { admitted: 0, refused: 0 }
  for (let n = 0; n < perSecond * seconds; n++) {
    world.at(world.now + Math.floor((n * 1000) / perSecond + world.random() * 20), async () => {
      const { admitted } = (await fleet[n % fleet.length]?.request(charge)) ?? {}
      if (admitted === true) counts.admitted++
      else counts.refused++
    })
  }
  await world.runUntil(world.now + seconds * 1000 + 500)
  return counts
}

/** Calls for 1,000 admitted, at most, and what part of what the exact model admits must be admitted in two minutes. */
test.each([
  { isolates: 1, perSecond: 0.5, calls: 400, share: 1 },
  { isolates: 1, perSecond: 1, calls: 220, share: 1 },
  { isolates: 1, perSecond: 2, calls: 160, share: 1 },
  { isolates: 1, perSecond: 10, calls: 24, share: 1 },
  { isolates: 1, perSecond: 20, calls: 20, share: 1 },
  { isolates: 1, perSecond: 45, calls: 20, share: 1 },
  { isolates: 1, perSecond: 50, calls: 20, share: 0.98 },
  { isolates: 1, perSecond: 60, calls: 20, share: 0.98 },
  { isolates: 1, perSecond: 200, calls: 20, share: 0.98 },
  { isolates: 1, perSecond: 500, calls: 20, share: 0.98 },
  { isolates: 5, perSecond: 5, calls: 220, share: 1 },
  { isolates: 5, perSecond: 10, calls: 150, share: 1 },
  { isolates: 5, perSecond: 45, calls: 90, share: 1 },
  { isolates: 5, perSecond: 60, calls: 90, share: 0.98 },
  { isolates: 5, perSecond: 200, calls: 90, share: 0.98 },
])(
  'burst 500, 50 a second, asked $perSecond a second on $isolates: at most $calls calls for 1,000 admitted',
  async ({ isolates, perSecond, calls, share }) => {
    const seconds = 120
    const world = new World(1)
    const fleet = Array.from({ length: isolates }, () => new Isolate(world))
    const { admitted } = await load(world, fleet, leased(oauth2), perSecond, seconds)
    const possible = Math.min(perSecond * seconds, 500 + 50 * seconds)
    expect((world.calls / admitted) * 1000).toBeLessThanOrEqual(calls)
    expect(admitted / possible).toBeGreaterThanOrEqual(share)
    expect(Math.max(...fleet.map(({ mostInFlight }) => mostInFlight))).toBe(1)
  },
)

test('on a spent cell an isolate with few requests is served as often as one with many', async () => {
  const world = new World(8)
  const demands = [200, 60, 30, 9, 1]
  const fleet = demands.map(() => new Isolate(world))
  const served = demands.map(() => [world.now])
  const until = world.now + 60_000
  for (const [at, perSecond] of demands.entries()) {
    for (let time = world.now; time < until; time += 2 * (1000 / perSecond) * world.random()) {
      world.at(Math.floor(time), async () => {
        const { admitted } = (await fleet[at]?.request(leased(oauth2))) ?? {}
        if (admitted === true) served[at]?.push(world.now)
      })
    }
  }
  await world.runUntil(until)
  for (const [at, times] of served.entries()) {
    const waits = [...times.slice(1), until].map((time, nth) => time - (times[nth] ?? 0))
    expect(Math.max(...waits), `${demands[at]} a second`).toBeLessThan(6000)
  }
  // One request a second is nearly always served: what drains between two calls of the others is free.
  expect(served.at(-1)?.length).toBeGreaterThan(50)
})

test('a flood of the whole burst at once takes two calls', async () => {
  const world = new World(2)
  const { admitted } = await load(world, [new Isolate(world)], strict(oauth2), 500, 1)
  expect(admitted).toBe(500)
  const atOnce = new World(3)
  const isolate = new Isolate(atOnce)
  const all = Promise.all(Array.from({ length: 1000 }, () => isolate.request(strict(oauth2))))
  await atOnce.runUntil(atOnce.now + 1000)
  expect((await all).filter((taken) => taken.admitted === true)).toHaveLength(500)
  expect(atOnce.calls).toBe(2)
})

test('a client that floods a spent bucket: a few calls a second, whatever it sends', async () => {
  const world = new World(4)
  const { admitted } = await load(world, [new Isolate(world)], leased(admin), 1000, 10)
  // The burst and what drains in ten seconds, less what the last hold left behind.
  expect(admitted).toBeGreaterThanOrEqual(94)
  expect(world.calls).toBeLessThan(40)
})

test('where requests drain faster than a round trip, the re-ask hold spares the object', async () => {
  const world = new World(5)
  const fleet = Array.from({ length: 20 }, () => new Isolate(world))
  const { admitted } = await load(world, fleet, strict(auditEvents), 2000, 10)
  expect(admitted).toBeGreaterThan(2960)
  // Without the hold each of 20 isolates would ask once a round trip, 25 ms: 8,000 calls.
  expect(world.calls).toBeLessThan(2600)
})

test.each([
  ['OTP', otp, 60],
  ['a big request', admin, 8],
])('%s: no call at all until the retry time, and one at it', async (_name, quota, seconds) => {
  const world = new World(6)
  const isolate = new Isolate(world)
  const ask = async (quantity: number): Promise<Taken> => {
    const taken = isolate.request({ ...strict(quota), quantity })
    await world.runUntil(world.now + 100)
    return await taken
  }
  await ask(quota.burst)
  const quantity = quota.burst === 1 ? 1 : 40
  const first = await ask(quantity)
  if (first.admitted !== false || first.retryMs === undefined) throw new Error('admitted')
  const { calls } = world
  const until = world.now - 100 + first.retryMs
  expect(Math.ceil(first.retryMs / 1000)).toBe(seconds)
  while (world.now + 200 < until) expect(await ask(quantity)).toMatchObject({ admitted: false })
  expect(world.calls).toBe(calls)
  await world.runUntil(until)
  expect(await ask(quantity)).toMatchObject({ admitted: true })
  expect(world.calls).toBe(calls + 1)
})

test('who comes once in a while takes one call each time and leases nothing', async () => {
  const world = new World(9)
  const isolate = new Isolate(world)
  const { admitted } = await load(world, [isolate], leased(oauth2), 0.2, 60)
  expect(world.calls).toBe(admitted)
})

test('a cell no larger than fifteen is never leased, and a strict one neither', async () => {
  for (const charge of [leased({ ...oauth2, burst: 15 }), strict(oauth2)]) {
    const world = new World(7)
    const { admitted } = await load(world, [new Isolate(world)], charge, 10, 10)
    expect(admitted).toBe(100)
    expect(world.calls).toBe(100)
  }
})
