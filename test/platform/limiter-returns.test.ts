import { expect, test } from 'vitest'
import { Returns } from '../../src/platform/limiter-returns.ts'

/** A clock that the test moves, the ends of leases of which something is left, and what was done about them. */
function watching(...ends: number[]) {
  const world = { now: 0, ends, watches: 0, returned: [] as number[] }
  const timers: { readonly at: number; readonly then: () => void }[] = []
  const returns = new Returns({
    now: () => world.now,
    keepAlive: () => world.watches++,
    after: (ms, then) => void timers.push({ at: world.now + ms, then }),
    nextEnd: () => (world.ends.length === 0 ? undefined : Math.min(...world.ends)),
    giveBack: () => {
      world.returned.push(world.now)
      world.ends = world.ends.filter((end) => end > world.now)
    },
  })
  const until = async (time: number) => {
    for (;;) {
      const next = timers.toSorted((a, b) => a.at - b.at).find(({ at }) => at <= time)
      if (next === undefined) break
      timers.splice(timers.indexOf(next), 1)
      world.now = Math.max(world.now, next.at)
      next.then()
      await new Promise((done) => setImmediate(done))
    }
    world.now = time
  }
  /** Lends until `end`. */
  const lend = (end: number) => {
    world.ends.push(end)
    returns.watch()
  }
  return { world, timers, until, lend }
}

test('one watch serves all leases, and ends with them', async () => {
  const { world, timers, until, lend } = watching()
  for (const end of [6000, 6100, 6300, 9000]) lend(end)
  expect(timers).toHaveLength(1)
  await until(30_000)
  expect(world).toMatchObject({ watches: 1, returned: [6200, 6700, 9200] })
  expect(timers).toEqual([])
})

test('who is lent something right after the last has gone back watches again', async () => {
  const { world, until, lend } = watching()
  lend(6000)
  await until(6200)
  lend(12_000)
  await until(30_000)
  expect(world).toMatchObject({ watches: 2, ends: [] })
})

test('what has ended goes back before the object charges it', async () => {
  const { world, until, lend } = watching()
  const ends: number[] = []
  for (let now = 0; now < 60_000; now += 130) {
    await until(now)
    const end = now + (now % 7 === 0 ? 6000 : 2000)
    ends.push(end)
    lend(end)
  }
  await until(90_000)
  for (const end of ends) expect(world.returned.find((time) => time >= end)).toBeLessThan(end + 1000)
})

test('a request watches for ten seconds, then the next that is lent something', async () => {
  const { world, timers, until, lend } = watching()
  for (let now = 0; now < 60_000; now += 500) {
    await until(now)
    lend(now + 6000)
    expect(timers.length).toBeLessThanOrEqual(2)
  }
  expect(world.watches).toBeGreaterThanOrEqual(4)
  expect(world.watches).toBeLessThanOrEqual(6)
})

test('where no other comes, the one that watches goes on until all are back', async () => {
  const { world, until, lend } = watching()
  lend(6000)
  await until(9000)
  for (const end of [12_000, 15_500]) lend(end)
  await until(60_000)
  expect(world).toMatchObject({ ends: [], watches: 2 })
})

test('a watch that vanished with its request is taken over', async () => {
  const { world, timers, until, lend } = watching()
  lend(6000)
  timers.length = 0
  await until(6250)
  lend(12_000)
  expect(world.watches).toBe(1)
  await until(6400)
  lend(12_400)
  expect(world.watches).toBe(2)
  await until(20_000)
  expect(world.ends).toEqual([])
})

test('a clock that steps back ends no watch for good', async () => {
  const { world, until, lend } = watching()
  await until(3_600_000)
  lend(3_606_000)
  world.now = 0
  lend(6000)
  expect(world.watches).toBe(2)
})
