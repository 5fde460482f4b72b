import fc from 'fast-check'
import { expect, test } from 'vitest'
import { memoryLimiter } from '../../src/ratelimit/memory.ts'
import { ExactGcra } from './model.ts'

const quotas = fc.record({
  period: fc.oneof(fc.constant(60_000), fc.integer({ min: 1, max: 86_400_000 })),
  rate: fc.oneof(fc.constantFrom(1, 300, 600, 3000, 6000), fc.integer({ min: 1, max: 1_000_000 })),
  burst: fc.oneof(fc.constantFrom(1, 50, 500), fc.integer({ min: 1, max: 100_000 })),
})

const steps = fc.array(
  fc.record({
    pause: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 200_000 })),
    quantity: fc.oneof(
      { weight: 6, arbitrary: fc.constant(1) },
      { weight: 2, arbitrary: fc.integer({ min: 0, max: 120_000 }) },
    ),
  }),
  { minLength: 1, maxLength: 60 },
)

test('agrees in every field with the exact time form on random lives', () => {
  fc.assert(
    fc.property(quotas, steps, (quota, life) => {
      let now = 1_795_000_000_000
      const limiter = memoryLimiter(() => now)
      const model = new ExactGcra(quota)
      for (const { pause, quantity } of life) {
        now += pause
        const taken = limiter.take([{ group: 'g', key: 'k', quota, quantity }])
        expect(taken).toMatchObject(asTaken(model.take(now, quantity), quota.burst))
      }
    }),
    { numRuns: 2000 },
  )
})

const asTaken = ({ admitted, remaining, resetMs, retryMs }: ReturnType<ExactGcra['take']>, limit: number) =>
  admitted
    ? { admitted, standing: { limit, remaining, resetMs } }
    : { admitted, retryMs, standing: { limit, remaining, resetMs } }
