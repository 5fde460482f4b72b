/** The limiter against the exact model while its clock stands still, runs, jumps ahead and steps back. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CLOCK_SLACK_MS } from '../../src/ratelimit/gcra.ts'
import { memoryLimiter } from '../../src/ratelimit/memory.ts'
import { ExactGcra } from './model.ts'

const T0 = 1_795_000_000_000

/**
 * The time that counts, told apart from the clock: it never runs backwards. A small step back lets it stand still until
 * the clock is where the cell was last changed; after a bigger one it goes on from there with the new clock.
 */
class SteadyTime {
  #stored: { readonly clock: number; readonly time: number } | undefined

  /** @returns the model's time for this look at the clock, and what is to be called when the cell was changed */
  at(clock: number): { readonly now: number; readonly changed: () => void } {
    const { clock: last, time } = this.#stored ?? { clock, time: clock }
    const steppedBack = clock < last - CLOCK_SLACK_MS
    const counted = steppedBack ? clock : Math.max(last, clock)
    const now = steppedBack ? time : time + counted - last
    const changed = () => {
      this.#stored = { clock: counted, time: now }
    }
    if (steppedBack) changed()
    return { now, changed }
  }
}

const quotas = fc.record({
  period: fc.constantFrom(1000, 60_000, 3_600_000),
  rate: fc.integer({ min: 1, max: 6000 }),
  burst: fc.integer({ min: 1, max: 60 }),
})
const steps = fc.array(
  fc.record({
    step: fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 0, max: 2000 }) },
      { weight: 2, arbitrary: fc.integer({ min: -CLOCK_SLACK_MS - 1, max: 0 }) },
      { weight: 1, arbitrary: fc.constantFrom(-CLOCK_SLACK_MS, -CLOCK_SLACK_MS - 1, CLOCK_SLACK_MS) },
      { weight: 1, arbitrary: fc.integer({ min: -86_400_000, max: 86_400_000 }) },
    ),
    quantity: fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, fc.integer({ min: 1, max: 70 })),
  }),
  { minLength: 1, maxLength: 80 },
)

test('agrees in every field with the exact model, whatever the clock does', () => {
  let refused = 0
  fc.assert(
    fc.property(quotas, steps, (quota, life) => {
      let clock = T0
      const limiter = memoryLimiter(() => clock)
      const model = new ExactGcra(quota)
      const time = new SteadyTime()
      for (const { step, quantity } of life) {
        clock += step
        const { now, changed } = time.at(clock)
        const { admitted, retryMs, remaining, resetMs } = model.take(now, quantity)
        if (admitted) changed()
        if (!admitted) refused++
        expect(limiter.take([{ group: 'g', key: 'k', quota, quantity }])).toMatchObject({
          admitted,
          ...(!admitted && { retryMs }),
          standing: { limit: quota.burst, remaining, resetMs },
        })
      }
    }),
    { numRuns: 2000 },
  )
  expect(refused).toBeGreaterThan(1000)
})
