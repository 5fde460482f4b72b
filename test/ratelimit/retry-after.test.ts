/** Retry-After on every group that is shipped: obeyed to the second it is followed by a success, a second earlier by a 429. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compileTexts } from '../../src/policy/compile.ts'
import type { RateGroupConfig } from '../../src/ratelimit/config.ts'
import { ratedBy, rateHeaders } from '../../src/ratelimit/headers.ts'
import type { Limiter } from '../../src/ratelimit/limiter.ts'
import { memoryLimiter } from '../../src/ratelimit/memory.ts'
import { rateStages } from '../../src/ratelimit/stage.ts'
import { facts } from '../support/facts.ts'
import { Isolate, World } from './world.ts'

const shipped = readFileSync(join(import.meta.dirname, '../../policies/rate-groups.yaml'), 'utf8')
const { policy, problems } = await compileTexts({ 'rate-groups.yaml': shipped })
if (policy === undefined) throw new Error(JSON.stringify(problems))
const { rateGroups } = policy

/** A limiter in a world whose time only the test moves; the network takes none, so that seconds are exact. */
type Subject = { readonly world: World; readonly limiter: Limiter }

const subjects: Readonly<Record<string, () => Subject>> = {
  'in memory': () => {
    const world = new World(1)
    return { world, limiter: memoryLimiter(() => world.now) }
  },
  'the isolate and the object': () => {
    const world = new World(1)
    world.latency = [0, 0]
    const isolate = new Isolate(world)
    return { world, limiter: { take: (charges) => isolate.line.take(charges) } }
  },
}

/** What a caller sees: undefined when it is served, or the seconds of Retry-After. */
function caller({ world, limiter }: Subject, group: RateGroupConfig) {
  const { rate } = rateStages(limiter, [group])
  return async (cost: number): Promise<number | undefined> => {
    const route = { id: 'u/r', upstream: 0, rateGroup: group.name, cost: { GET: cost } }
    const at = { facts: facts({ now: world.now }), route, early: undefined }
    const asked = Promise.resolve(rate.run({ ...at, principal: { client: { name: 'acme' } } }))
    await world.runUntil(world.now)
    const outcome = await asked
    if (outcome.ok) return undefined
    const fields = new Map(rateHeaders(ratedBy(outcome.error)))
    return Number(fields.get('Retry-After'))
  }
}

test('the table is the shipped one', () => {
  expect(rateGroups.map(({ name }) => name)).toContain('otp-test')
  expect(rateGroups).toHaveLength(11)
})

describe.each(Object.entries(subjects))('%s', (_name, make) => {
  test.each(rateGroups)('$name: after single requests, and after a whole bucket', async (group) => {
    for (const cost of [1, Math.ceil(group.burst / 2), group.burst]) {
      const subject = make()
      const ask = caller(subject, group)
      // Twice, since after the second refusal the isolate knows more, and may be told to hold.
      for (const _ of ['first', 'second']) {
        const seconds = await refused(ask, cost)
        expect(seconds).toBeGreaterThanOrEqual(1)
        const { now } = subject.world
        await subject.world.runUntil(now + (seconds - 1) * 1000)
        expect(await ask(cost), `${cost} one second early`).toBeGreaterThanOrEqual(1)
        await subject.world.runUntil(now + seconds * 1000)
        expect(await ask(cost), `${cost} after ${seconds} s`).toBeUndefined()
      }
    }
  })
})

/** Asks until it is refused; returns the Retry-After. */
async function refused(ask: (cost: number) => Promise<number | undefined>, cost: number): Promise<number> {
  for (let n = 0; n < 10_000; n++) {
    const seconds = await ask(cost)
    if (seconds !== undefined) return seconds
  }
  throw new Error('never refused')
}
