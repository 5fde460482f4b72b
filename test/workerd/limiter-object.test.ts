import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, vi } from 'vitest'
import { objectLimiter, shardName } from '../../src/platform/limiter-client.ts'
import { homeOf } from '../../src/ratelimit/cells.ts'
import { limiterContract } from '../contract/limiter.ts'

const START = 1_795_000_200_000
const SHARDS = 4

describe('the Durable Object', () => {
  // Objects and tests share an isolate here, so the clock that is set is the object's.
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: START }))
  afterEach(() => void vi.useRealTimers())

  limiterContract(() => ({
    limiter: objectLimiter(env.LIMITER, { shards: SHARDS, budgetMs: 10_000 }),
    setClock: (ms) => vi.setSystemTime(START + ms),
    restart: (charge) => evictDurableObject(env.LIMITER.getByName(shardName(homeOf(charge), SHARDS, 'any'))),
  }))
})
