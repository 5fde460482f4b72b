import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ratedBy, rateHeaders } from '../../src/ratelimit/headers.ts'
import type { Taken } from '../../src/ratelimit/limiter.ts'
import { memoryLimiter } from '../../src/ratelimit/memory.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/rate-limits.md'), 'utf8')

/** The rows of the worked example: at, requests, status, remaining, reset, retry-after. */
const rows = [...page.matchAll(/^\| (\d+) ms \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d*) ?\|/gm)].map(
  (row) => row.slice(1),
)

test('the worked example of docs/rate-limits.md is what the limiter does', () => {
  expect(rows).toHaveLength(8)
  let now = 0
  const limiter = memoryLimiter(() => now)
  const quota = { period: 60_000, rate: 300, burst: 50 }
  for (const [at, requests, ...told] of rows) {
    now = Number(at)
    let taken: Taken = { admitted: 'unknown', why: 'not asked' }
    for (let n = 0; n < Number(requests); n++) {
      const answer = limiter.take([{ group: 'admin', key: 'k', quota, quantity: 1 }])
      if (!(answer instanceof Promise)) taken = answer
    }
    expect(columns(taken), `at ${at} ms`).toEqual(told)
  }
})

function columns(taken: Taken): (string | undefined)[] {
  if (taken.admitted === 'unknown') throw new Error(taken.why)
  const { standing } = taken
  const rated = taken.admitted
    ? { group: 'admin', limit: standing.limit, standing }
    : ratedBy({ reason: 'rate_limited', group: 'admin', standing, retryMs: taken.retryMs })
  const fields = new Map(rateHeaders(rated))
  return [
    taken.admitted ? '200' : '429',
    fields.get('X-RateLimit-Remaining'),
    fields.get('X-RateLimit-Reset'),
    fields.get('Retry-After') ?? '',
  ]
}
