/** The isolate's line to the object when something goes wrong: nobody hangs, and nobody storms. */
import { describe, expect, test } from 'vitest'
import { Line } from '../../src/platform/limiter-line.ts'
import type { RateGroupConfig } from '../../src/ratelimit/config.ts'
import type { Charge, Taken } from '../../src/ratelimit/limiter.ts'
import type { Batch, Reply } from '../../src/ratelimit/shard.ts'
import { rateStages } from '../../src/ratelimit/stage.ts'
import { Isolate, World } from '../ratelimit/world.ts'
import { facts } from '../support/facts.ts'

const charge = (key: string, more: Partial<Charge> = {}): Charge => ({
  ...{ group: 'g', key, quota: { period: 60_000, rate: 3000, burst: 500 }, quantity: 1 },
  ...more,
})

/** Asks at the world's present, and tells the answer with the time it took. */
function ask(world: World, isolate: Isolate, one: Charge) {
  const from = world.now
  return isolate.request(one).then((taken) => ({ taken, took: world.now - from }))
}

/** Requests `every` so many milliseconds for a while. */
async function during(world: World, isolate: Isolate, ms: number, every: number) {
  const answers: Promise<{ taken: Taken; took: number }>[] = []
  for (let at = 0; at < ms; at += every) {
    world.at(world.now + at, () => answers.push(ask(world, isolate, charge(`k${at}`))))
  }
  await world.runUntil(world.now + ms + 500)
  return await Promise.all(answers)
}

const never = () => new Promise<Reply>(() => {})
const overloaded = () =>
  Promise.reject(Object.assign(new Error('Durable Object is overloaded.'), { overloaded: true }))

describe('an object that throws', () => {
  test('once: asked a second time within the budget, nobody notices', async () => {
    const world = new World(1)
    const isolate = new Isolate(world)
    let failures = 1
    world.broken = (batch) =>
      failures-- > 0 ? Promise.reject(new Error('reset')) : Promise.resolve(world.arrive(batch))
    expect(await during(world, isolate, 1, 1)).toMatchObject([{ taken: { admitted: true } }])
    expect(world.calls).toBe(2)
  })

  test('always: two calls, then nobody asks for a second, then one finds out for all', async () => {
    const world = new World(2)
    const isolate = new Isolate(world)
    world.broken = () => Promise.reject(new Error('broken'))
    const answers = await during(world, isolate, 3000, 10)
    expect(answers.every(({ taken, took }) => taken.admitted === 'unknown' && took <= 250)).toBe(true)
    expect(world.calls).toBeLessThanOrEqual(6)
    world.broken = undefined
    await world.runUntil(world.now + 1000)
    expect((await during(world, isolate, 500, 50)).every(({ taken }) => taken.admitted === true)).toBe(true)
  })
})

test('an object that is overloaded is asked once a second and never twice for one request', async () => {
  const world = new World(3)
  const isolate = new Isolate(world)
  world.broken = overloaded
  const answers = await during(world, isolate, 3000, 10)
  expect(answers.every(({ taken }) => taken.admitted === 'unknown' && taken.why.includes('overloaded'))).toBe(
    true,
  )
  expect(world.calls).toBe(3)
})

describe('an object that stalls for 5 s', () => {
  test('holds nobody longer than the budget, and after the first time only the one that finds out', async () => {
    const world = new World(4)
    const isolate = new Isolate(world)
    world.broken = never
    const answers = await during(world, isolate, 5000, 5)
    expect(Math.max(...answers.map(({ took }) => took))).toBe(250)
    expect(answers.every(({ taken }) => taken.admitted === 'unknown')).toBe(true)
    // 50 requests wait with the first call; of each later second only one does.
    expect(answers.filter(({ took }) => took > 0).length).toBeLessThanOrEqual(55)
    expect(world.calls).toBeLessThanOrEqual(5)
    world.broken = undefined
    await world.runUntil(world.now + 1000)
    expect(await during(world, isolate, 1, 1)).toMatchObject([{ taken: { admitted: true } }])
  })

  test('what the isolate knows for certain and what it has leased still counts', async () => {
    const world = new World(5)
    const isolate = new Isolate(world)
    const spent = charge('spent', { quota: { period: 60_000, rate: 1, burst: 1 } })
    const busy = charge('busy', { leased: true })
    for (const one of [spent, spent, busy, busy, busy, busy]) {
      const answer = ask(world, isolate, one)
      await world.runUntil(world.now + 60)
      await answer
    }
    world.broken = never
    void ask(world, isolate, charge('other'))
    await world.runUntil(world.now + 300)
    expect(await isolate.request(spent)).toMatchObject({ admitted: false, retryMs: expect.any(Number) })
    expect(await isolate.request(busy)).toMatchObject({ admitted: true, leased: true })
    expect(await isolate.request(charge('other'))).toMatchObject({ admitted: 'unknown' })
    // For the share it will count by itself, a group may know how much was spent when the object was last heard.
    const two = { ...charge('spent', { quota: { period: 60_000, rate: 1, burst: 1 } }), quantity: 0 }
    expect(await isolate.request(two)).toMatchObject({ admitted: 'unknown', spent: 1 })
  })
})

describe('a budget of its own', () => {
  const asking = (world: World, budgets: readonly (number | undefined)[]) => {
    const isolate = new Isolate(world)
    return Promise.all(
      budgets.map((budgetMs, at) =>
        ask(world, isolate, charge(`k${at}`, budgetMs === undefined ? {} : { budgetMs })),
      ),
    )
  }
  const served = (took: number) => ({ taken: { admitted: true }, took })
  const late = (took: number) => ({ taken: { admitted: 'unknown' }, took })

  test.each([
    [50, late(50)],
    [400, served(190)],
  ])('each request gives up at its own time, the first one after %i ms', async (first, outcome) => {
    const world = new World(6)
    world.latency = [95, 95]
    // The first one sends alone; the others share the call after it.
    const asked = asking(world, [first, 50, 400, undefined])
    await world.runUntil(world.now + 1000)
    expect(await asked).toMatchObject([outcome, late(50), served(380), late(250)])
  })

  test('may be longer than that of the line', async () => {
    const world = new World(6)
    world.latency = [150, 150]
    const asked = asking(world, [400])
    await world.runUntil(world.now + 1000)
    expect(await asked).toMatchObject([served(300)])
  })
})

test.each([
  ['closed', { ok: false, error: { reason: 'limiter_unavailable', limit: 500 } }],
  ['local', { ok: true, value: { rate: { limit: 500, degraded: { to: 'local' } } } }],
  ['open', { ok: true, value: { rate: { limit: 500, degraded: { to: 'open' } } } }],
] as const)(
  'a group that is %s does so within its budget, whether the object stalls, throws or is overloaded',
  async (onFailure, outcome) => {
    for (const broken of [never, overloaded, () => Promise.reject(new Error('broken'))]) {
      const world = new World(9)
      world.broken = broken
      const isolate = new Isolate(world)
      const group: RateGroupConfig = {
        ...{ name: 'g', period: 60_000, rate: 3000, burst: 500, per: ['route'], beforeAuth: false },
        ...{ consistency: 'leased', onFailure },
      }
      const { rate } = rateStages({ take: (charges) => isolate.line.take(charges) }, [group])
      const from = world.now
      let took = -1
      const decided = Promise.resolve(
        rate.run({
          facts: facts({ now: world.now }),
          route: { id: 'u/r', upstream: 0, rateGroup: 'g' },
          principal: { client: undefined },
          early: undefined,
        }),
      ).finally(() => {
        took = world.now - from
      })
      await world.runUntil(world.now + 1000)
      expect(await decided).toMatchObject(outcome)
      expect(took).toBeLessThanOrEqual(250)
    }
  },
)

/** A line whose requests can vanish: what they have started, timers and calls, never comes back. */
function fragile(world: World) {
  let vanishing = false
  const calls: Batch[] = []
  const line = new Line(
    {
      now: () => world.now,
      call: (batch) => {
        calls.push(batch)
        if (vanishing) return never()
        return new Promise((resolve) => world.send(() => resolve(world.arrive(batch))))
      },
      keepAlive: () => {},
      after: (ms, then) => (vanishing ? () => {} : world.at(world.now + ms, then)),
    },
    { budgetMs: 250, cells: 100 },
  )
  const vanish = (one: Charge) => {
    vanishing = true
    void line.take([one])
    vanishing = false
  }
  return { line, calls, vanish }
}

test('a starter that is gone with its call: those behind it fall back in time, the next to come sends', async () => {
  const world = new World(6)
  const { line, calls, vanish } = fragile(world)
  vanish(charge('a'))
  const from = world.now
  const behind = Promise.all(
    Array.from({ length: 10 }, async () => [(await line.take([charge('a')])).admitted, world.now - from]),
  )
  await world.runUntil(world.now + 400)
  expect(await behind).toEqual(Array(10).fill(['unknown', 250]))
  const after = line.take([charge('a')])
  await world.runUntil(world.now + 100)
  expect(await after).toMatchObject({ admitted: true })
  expect(calls).toHaveLength(2)
})

test('equal requests of a batch travel as one, with their number', async () => {
  const world = new World(7)
  const { line, calls } = fragile(world)
  const keys = ['a', 'b', 'a', 'c', 'a', 'b']
  const all = Promise.all(keys.map((key) => line.take([charge(key)])))
  await world.runUntil(world.now + 200)
  expect((await all).map(({ admitted }) => admitted)).toEqual(Array(6).fill(true))
  expect(calls.map(({ asks }) => asks.map((one) => [one.charges[0]?.key, one.count]))).toEqual([
    [['a', 1]],
    [
      ['b', 2],
      ['a', 2],
      ['c', 1],
    ],
  ])
})

test('a reply without outcomes is no admission', async () => {
  const world = new World(8)
  world.broken = () => Promise.resolve({ outcomes: [] })
  expect(await new Isolate(world).request(charge('a'))).toEqual({
    admitted: 'unknown',
    why: 'an empty reply',
  })
})

test('a clock that is set back during an outage does not prolong it by the step', async () => {
  const world = new World(9)
  let step = 0
  world.broken = () => Promise.reject(new Error('broken'))
  const isolate = new Isolate(world, { clock: () => step })
  const first = isolate.request(charge('a'))
  await world.runUntil(world.now + 300)
  expect(await first).toMatchObject({ admitted: 'unknown' })
  world.broken = undefined
  step = -3_600_000
  const second = isolate.request(charge('a'))
  await world.runUntil(world.now + 300)
  expect(await second).toMatchObject({ admitted: true })
})
