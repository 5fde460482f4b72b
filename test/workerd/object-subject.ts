/** The limiter in Durable Objects as the contract suite's subject, for whoever puts something in front of it. */
import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { vi } from 'vitest'
import { objectLimiter, shardName } from '../../src/platform/limiter-client.ts'
import { homeOf } from '../../src/ratelimit/cells.ts'
import type { Subject } from '../contract/limiter.ts'

/** When every test's clock starts. */
export const START = 1_795_000_200_000

const SHARDS = 4

/** For `beforeEach`. Objects and tests share an isolate here, so the clock that is set is the object's. */
export const freezeClock = (): void => void vi.useFakeTimers({ toFake: ['Date'], now: START })

const makeIsolate = () => objectLimiter(env.LIMITER, { shards: SHARDS, budgetMs: 10_000 })

/** Needs `freezeClock`. */
export function objectSubject(): Subject {
  let isolate = makeIsolate()
  return {
    limiter: { take: (charges) => isolate.take(charges) },
    setClock: (ms) => vi.setSystemTime(START + ms),
    // The isolate goes as well: what it remembers would answer in the object's place.
    restart: async (charge) => {
      isolate = makeIsolate()
      await evictDurableObject(env.LIMITER.getByName(shardName(homeOf(charge), SHARDS, 'any')))
    },
  }
}
