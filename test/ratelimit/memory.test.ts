import { describe } from 'vitest'
import { memoryLimiter } from '../../src/ratelimit/memory.ts'
import { limiterContract } from '../contract/limiter.ts'

describe('the memory twin', () => {
  limiterContract(() => {
    const start = 1_795_000_200_000
    let now = start
    return {
      limiter: memoryLimiter(() => now),
      setClock: (ms) => {
        now = start + ms
      },
      restart: async () => {},
    }
  })
})
