import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { answerOf, takeTogether } from '../../src/ratelimit/cells.ts'
import { Certainty } from '../../src/ratelimit/certainty.ts'
import type { Quota } from '../../src/ratelimit/config.ts'
import type { Charge } from '../../src/ratelimit/limiter.ts'
import type { Row } from '../../src/ratelimit/row.ts'

const T0 = 1_795_000_000_000

/** The object's cell, which others may charge too. */
function cell(quota: Quota) {
  const rows = new Map<string, Row>()
  const table = { get: (id: string) => rows.get(id), put: (id: string, row: Row) => void rows.set(id, row) }
  const charge = (quantity: number): Charge => ({ group: 'g', key: 'k', quota, quantity })
  return {
    charge,
    take: (quantity: number, now: number) =>
      takeTogether(table, { charges: [charge(quantity)], count: 1 }, now),
    answer: (quantity: number, now: number) => {
      const peek = new Map(rows)
      const view = { get: (id: string) => peek.get(id), put: () => {} }
      const charges = [charge(quantity)]
      return answerOf(charges, takeTogether(view, { charges, count: 1 }, now))
    },
  }
}

const quotas = fc.record(
  {
    period: fc.constantFrom(1000, 60_000),
    rate: fc.integer({ min: 1, max: 300 }),
    burst: fc.integer({ min: 1, max: 12 }),
    average: fc.record({
      over: fc.integer({ min: 60_000, max: 300_000 }),
      rate: fc.integer({ min: 1, max: 100 }),
    }),
  },
  { requiredKeys: ['period', 'rate', 'burst'] },
)

const life = fc.array(
  fc.record({
    pause: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 3000 })),
    by: fc.constantFrom('me', 'others'),
    quantity: fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, fc.integer({ min: 1, max: 14 })),
    delay: fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 })),
  }),
  { minLength: 40, maxLength: 80 },
)

describe.each([
  ['with a network that delays', true],
  ['without delay', false],
])('refusals of the isolate, %s', (_name, delayed) => {
  test('are refusals of the object, and alike in every field while nobody fits at all', () => {
    let [local, alike] = [0, 0]
    fc.assert(
      fc.property(
        quotas,
        life,
        fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }),
        (quota, steps, offset) => {
          const { charge, take, answer } = cell(quota)
          const certainty = new Certainty(10)
          let now = T0
          for (const { pause, by, quantity, delay } of steps) {
            now += pause
            if (by === 'others') {
              take(quantity, now)
              continue
            }
            const known = certainty.refuse([charge(quantity)], now + offset)
            if (known !== undefined) {
              local++
              const truth = answer(quantity, now)
              expect(truth.admitted).toBe(false)
              if (!delayed && known.admitted === false && known.standing.remaining === 0) {
                alike++
                expect(known).toEqual(truth)
              }
              continue
            }
            const [there, back] = delayed ? delay : [0, 0]
            const sentAt = now + offset
            now += there
            const { rows } = take(quantity, now)
            now += back
            const [row] = rows
            if (row === undefined) throw new Error('no row')
            certainty.learn(charge(quantity), { row, sentAt, gotAt: now + offset, holdUntil: 0 })
          }
        },
      ),
      { numRuns: 1000 },
    )
    expect(local).toBeGreaterThan(1000)
    if (!delayed) expect(alike).toBeGreaterThan(500)
  })
})

const admin: Quota = { period: 60_000, rate: 300, burst: 50 }

/** What an isolate heard of a cell that is full, when it is told to hold for `holdMs`. */
function heardFull(holdMs: number) {
  const { charge, take } = cell(admin)
  const [row] = take(50, T0).rows
  if (row === undefined) throw new Error('no row')
  const certainty = new Certainty(10)
  certainty.learn(charge(1), { row, sentAt: T0 - 30, gotAt: T0 + 10, holdUntil: T0 + 10 + holdMs })
  return { charge, certainty }
}

test('times are promised from the reply on, never too early', () => {
  const { charge, certainty } = heardFull(0)
  expect(certainty.refuse([charge(1)], T0 + 10)).toMatchObject({
    retryMs: 200,
    standing: { resetMs: 10_000 },
  })
  expect(certainty.refuse([charge(1)], T0 + 169)).toMatchObject({ retryMs: 41 })
  // 200 ms after the call was sent a request may fit: only the object knows.
  expect(certainty.refuse([charge(1)], T0 + 170)).toBeUndefined()
})

test('a hold refuses longer than is certain, with nothing remaining and the wait that is left of it', () => {
  const { charge, certainty } = heardFull(250)
  expect(certainty.refuse([charge(1)], T0 + 60)).toMatchObject({ retryMs: 200 })
  expect(certainty.refuse([charge(1)], T0 + 220)).toMatchObject({
    admitted: false,
    retryMs: 40,
    standing: { remaining: 0, parts: [{ remaining: 0, nextMs: 40 }] },
  })
  expect(certainty.refuse([charge(1)], T0 + 260)).toBeUndefined()
})

test('a look is never refused, and another quota is another cell', () => {
  const { charge, certainty } = heardFull(250)
  expect(certainty.refuse([charge(0)], T0 + 10)).toBeUndefined()
  expect(certainty.refuse([{ ...charge(1), quota: { ...admin, rate: 600 } }], T0 + 10)).toBeUndefined()
})

test('a request that sees time a little behind the reply is refused like one that does not', () => {
  const { charge, certainty } = heardFull(0)
  expect(certainty.refuse([charge(1)], T0 - 6000)).toMatchObject({ admitted: false, retryMs: 200 })
})

test('what is known with leases counts only while they last: they may come back unused', () => {
  const { charge, take } = cell(admin)
  const [row] = take(45, T0).rows
  if (row === undefined) throw new Error('no row')
  const certainty = new Certainty(10)
  const leases = [{ id: 'a', tokens: 5, until: T0 + 100 }]
  certainty.learn(charge(1), { row: { ...row, leases }, sentAt: T0, gotAt: T0, holdUntil: 0 })
  expect(certainty.refuse([charge(1)], T0 + 99)).toMatchObject({ admitted: false })
  expect(certainty.refuse([charge(1)], T0 + 100)).toBeUndefined()
})

test('only so many cells are remembered', () => {
  const { charge, take } = cell(admin)
  const [row] = take(50, T0).rows
  if (row === undefined) throw new Error('no row')
  const certainty = new Certainty(2)
  for (const key of ['a', 'b', 'c']) {
    certainty.learn({ ...charge(1), key }, { row, sentAt: T0, gotAt: T0, holdUntil: 0 })
  }
  expect(certainty.refuse([{ ...charge(1), key: 'a' }], T0)).toBeUndefined()
  expect(certainty.refuse([{ ...charge(1), key: 'c' }], T0)).toMatchObject({ admitted: false })
})
