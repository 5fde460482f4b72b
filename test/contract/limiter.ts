/**
 * What every limiter must do, whatever keeps its cells. Run on the memory twin, on the Durable Object, and on the
 * whole path through the gateway with the object behind it.
 */
import { expect, test } from 'vitest'
import type { Quota } from '../../src/ratelimit/config.ts'
import type { Charge, Limiter, Taken } from '../../src/ratelimit/limiter.ts'
import vectors from '../vectors/gcra.json' with { type: 'json' }

export type Subject = {
  readonly limiter: Limiter
  /** Sets the clock of the cells, in milliseconds from an arbitrary start. */
  readonly setClock: (ms: number) => void
  /** Makes whatever keeps the cells forget its memory and read its storage again. */
  readonly restart: (charge: Charge) => Promise<void>
  /** What nobody can ask of this one, each with the reason in words. Those cases and steps are left out. */
  readonly cannot?: Readonly<Partial<Record<Special, string>>>
}

/** Quantity 0; one cell charged twice by one request; charges of one request that live in different places. */
export type Special = 'look' | 'repeat' | 'scattered'

const admin: Quota = { period: 60_000, rate: 300, burst: 50 }
const otp: Quota = { period: 60_000, rate: 1, burst: 1 }

let keys = 0
const newKey = () => `client=test/c${keys++}`
/** A charge on a cell that no other test uses. */
const charge = (quota: Quota, more: Partial<Charge> = {}): Charge => ({
  group: 'g',
  key: newKey(),
  quota,
  quantity: 1,
  ...more,
})

export function limiterContract(make: () => Subject): void {
  for (const kind of ['left alone', 'restarted after each step'] as const) {
    test.each(vectors.lives)(`a life of $group, ${kind}`, async ({ group, quota, steps }) => {
      const subject = make()
      const cell = charge(quota, { group })
      for (const [step, at, quantity, admitted, remaining, resetMs, retryMs, note] of steps) {
        if (quantity === 0 && subject.cannot?.look) continue
        subject.setClock(Number(at))
        const taken = await subject.limiter.take([{ ...cell, quantity: Number(quantity) }])
        expect(flat(taken), `step ${step}: ${note}`).toEqual({
          ...{ admitted, limit: quota.burst, remaining, resetMs },
          ...(admitted ? {} : { retryMs: retryMs ?? undefined }),
        })
        if (kind !== 'left alone') await subject.restart(cell)
      }
    })
  }

  test.each(vectors.lives)(
    '$group: Retry-After obeyed is served, one second earlier is not',
    async (life) => {
      const { group, quota } = life
      const subject = make()
      const cell = charge(quota, { group })
      for (const start of [0, 1_000_000]) {
        subject.setClock(start)
        await subject.limiter.take([{ ...cell, quantity: quota.burst }])
        // A whole bucket again has to wait for seconds in every group, so "one second earlier" is a real case.
        const refused = await subject.limiter.take([{ ...cell, quantity: quota.burst }])
        const seconds = Math.ceil(retryOf(refused) / 1000)
        subject.setClock(start + (seconds - 1) * 1000)
        expect(await subject.limiter.take([{ ...cell, quantity: quota.burst }])).toMatchObject({
          admitted: false,
        })
        subject.setClock(start + seconds * 1000)
        expect(await subject.limiter.take([{ ...cell, quantity: quota.burst }])).toMatchObject({
          admitted: true,
        })
      }
    },
  )

  test('1,000 requests at once on a burst of 50 admit exactly 50', async () => {
    const subject = make()
    const cell = charge(admin)
    subject.setClock(0)
    expect(await crowd(subject, cell, 1000)).toBe(50)
    subject.setClock(1000)
    expect(await crowd(subject, cell, 1000)).toBe(5)
  })

  test('the same with a restart in the middle', async () => {
    const subject = make()
    const cell = charge(admin)
    subject.setClock(0)
    const before = await crowd(subject, cell, 30)
    await subject.restart(cell)
    expect(before + (await crowd(subject, cell, 970))).toBe(50)
  })

  test('several charges are admitted together or not at all', async () => {
    const subject = make()
    subject.setClock(0)
    const home = newKey()
    const wide = charge(admin, { key: home })
    const narrow = charge(otp, { group: 'otp', key: `${home} route=test/only`, home })
    expect(await subject.limiter.take([wide, narrow])).toMatchObject({
      admitted: true,
      standing: { group: 'otp', limit: 1, remaining: 0 },
    })
    expect(await subject.limiter.take([wide, narrow])).toMatchObject({
      admitted: false,
      retryMs: 60_000,
      standing: { group: 'otp', limit: 1, remaining: 0 },
    })
    // Two are gone and not three: the refused pair took nothing from the wide cell.
    expect(await subject.limiter.take([wide])).toMatchObject({ admitted: true, standing: { remaining: 48 } })
  })

  test('two charges on one cell count twice', async ({ skip }) => {
    const subject = make()
    skip(subject.cannot?.repeat !== undefined, subject.cannot?.repeat)
    subject.setClock(0)
    const cell = charge(admin)
    expect(await subject.limiter.take([cell, cell])).toMatchObject({ standing: { remaining: 48 } })
  })

  test('charges that live in different places are not taken at all', async ({ skip }) => {
    const subject = make()
    skip(subject.cannot?.scattered !== undefined, subject.cannot?.scattered)
    const [one, other] = [charge(admin), charge(admin)]
    expect(await subject.limiter.take([one, other])).toMatchObject({ admitted: 'unknown' })
    expect(await subject.limiter.take([])).toMatchObject({ admitted: 'unknown' })
    expect(await subject.limiter.take([one])).toMatchObject({ standing: { remaining: 49 } })
  })

  test('the average refuses when the bucket does not, and says when it ends', async () => {
    const subject = make()
    // 60 requests in any 10 minutes, in sub-buckets of 10 s.
    const quota: Quota = { ...admin, average: { over: 600_000, rate: 6 } }
    const cell = charge(quota)
    subject.setClock(5_000)
    expect(await crowd(subject, cell, 50)).toBe(50)
    subject.setClock(65_000)
    expect(await crowd(subject, cell, 50)).toBe(10)
    const refused = await subject.limiter.take([cell])
    expect(refused).toMatchObject({
      admitted: false,
      retryMs: 545_000,
      standing: { limit: 50, remaining: 0 },
    })
    await subject.restart(cell)
    subject.setClock(609_999)
    expect(await subject.limiter.take([cell])).toMatchObject({ admitted: false, retryMs: 1 })
    subject.setClock(610_000)
    expect(await subject.limiter.take([cell])).toMatchObject({ admitted: true, standing: { remaining: 49 } })
  })
}

/** How many of `count` requests made at once are admitted. */
async function crowd({ limiter }: Subject, cell: Charge, count: number): Promise<number> {
  const all = await Promise.all(Array.from({ length: count }, () => limiter.take([cell])))
  return all.filter(({ admitted }) => admitted === true).length
}

function retryOf(taken: Taken): number {
  if (taken.admitted !== false || taken.retryMs === undefined) throw new Error('not refused')
  return taken.retryMs
}

function flat(taken: Taken) {
  if (taken.admitted === 'unknown') return taken
  const { limit, remaining, resetMs } = taken.standing
  const common = { admitted: taken.admitted, limit, remaining, resetMs }
  return taken.admitted ? common : { ...common, retryMs: taken.retryMs }
}
