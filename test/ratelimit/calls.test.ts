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

test('a hot client with a burst of 500: at most 20 calls for 1,000 admitted', async () => {
  const world = new World(1)
  const isolate = new Isolate(world)
  const { admitted, refused } = await load(world, [isolate], leased(oauth2), 45, 60)
  expect({ admitted, refused }).toEqual({ admitted: 2700, refused: 0 })
  expect((world.calls / admitted) * 1000).toBeLessThanOrEqual(20)
  expect(isolate.mostInFlight).toBe(1)
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
  expect(admitted).toBeGreaterThanOrEqual(96)
  expect(world.calls).toBeLessThan(120)
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

test('a cell no larger than fifteen is never leased, and a strict one neither', async () => {
  for (const charge of [leased({ ...oauth2, burst: 15 }), strict(oauth2)]) {
    const world = new World(7)
    const { admitted } = await load(world, [new Isolate(world)], charge, 10, 10)
    expect(admitted).toBe(100)
    expect(world.calls).toBe(100)
  }
})
