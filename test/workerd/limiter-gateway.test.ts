/**
 * The limiter's contract, asked by requests: each charge becomes a policy under which one request costs just that,
 * and goes through compiler, pipeline and object. Every response must tell what the limiter said, and no more.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { afterEach, beforeEach, describe, expect, vi } from 'vitest'
import type { LimitPart } from '../../src/decision/standing.ts'
import { homeOf } from '../../src/ratelimit/cells.ts'
import { rateHeaderNames } from '../../src/ratelimit/headers.ts'
import type { Charge, Limiter, Taken } from '../../src/ratelimit/limiter.ts'
import { limiterContract, type Subject } from '../contract/limiter.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { chargedRequest, chargePolicy } from '../support/charge-policy.ts'
import { freezeClock, objectSubject } from './object-subject.ts'

beforeEach(freezeClock)
afterEach(() => void vi.useRealTimers())

describe('the whole path through the gateway', () => limiterContract(gatewaySubject))

function gatewaySubject(): Subject {
  const object = objectSubject()
  const { heardDuring, limiter } = overheard(object.limiter)
  // One for each set of charges, as if each were a version of the policy; their cells are behind one limiter.
  const gateways = new Map<string, Promise<TestApp>>()
  const gatewayFor = (charges: readonly Charge[]): Promise<TestApp> => {
    const id = JSON.stringify(charges)
    const made =
      gateways.get(id) ?? chargePolicy(charges).then((policy) => testApp(policy, { limiter, now: Date.now }))
    gateways.set(id, made)
    return made
  }
  return {
    limiter: {
      take: async (charges) => {
        const gateway = await gatewayFor(charges)
        const [response, heard] = await heardDuring(() => gateway.request('/only', chargedRequest(charges)))
        expect(heard.charges.map(essence)).toEqual(charges.map(essence))
        expect(told(response)).toEqual(toBeTold(heard.taken))
        return heard.taken
      },
    },
    setClock: object.setClock,
    restart: (charge) => {
      gateways.clear()
      return object.restart(charge)
    },
    cannot: {
      look: 'a policy has no cost below 1: every request that is counted is charged',
      repeat: 'a route that names a group twice is counted in it once',
      scattered: 'a route whose groups are kept in different places does not compile (P0320)',
    },
  }
}

/** What a request asked of the limiter, and was told. */
type Heard = { readonly charges: readonly Charge[]; readonly taken: Taken }

/** A limiter, with a way to learn which of all the requests on their way was told what. */
function overheard(behind: Limiter) {
  // The port is given charges alone, and those of a thousand requests at once are the same.
  const current = new AsyncLocalStorage<Heard[]>()
  const limiter: Limiter = {
    take: async (charges) => {
      const taken = await behind.take(charges)
      current.getStore()?.push({ charges, taken })
      return taken
    },
  }
  const heardDuring = async <T>(ask: () => Promise<T>): Promise<[answer: T, heard: Heard]> => {
    const all: Heard[] = []
    const answer = await current.run(all, ask)
    const [heard] = all
    if (heard === undefined || all.length > 1) throw new Error(`the limiter was asked ${all.length} times`)
    return [answer, heard]
  }
  return { limiter, heardDuring }
}

/** What makes a charge the same one; the policy's own words about how it is kept aside. */
const essence = (charge: Charge) => {
  const { group, key, quota, quantity } = charge
  return { group, key, quota, quantity, home: homeOf(charge) }
}

/** All that a response says of its rate group. Only the test's upstream sends X-Kept. */
const told = ({ status, headers }: Response): Readonly<Record<string, unknown>> => ({
  status,
  isForwarded: headers.has('x-kept'),
  ...Object.fromEntries(rateHeaderNames.map((name) => [name, headers.get(name)])),
})

/** The same, worked out from the limiter's answer by the words of docs/rate-limits.md. */
function toBeTold(taken: Taken): ReturnType<typeof told> {
  if (taken.admitted === 'unknown') throw new Error(taken.why)
  const { group, limit, remaining, resetMs, parts } = taken.standing
  const retryMs = taken.admitted ? undefined : taken.retryMs
  const retryAfter = retryMs === undefined ? undefined : Math.max(1, wholeSeconds(retryMs))
  const list = (item: (part: LimitPart) => string): string =>
    parts.map((part) => `"${group}${part.kind === 'average' ? '-average' : ''}";${item(part)}`).join(', ')
  return {
    status: taken.admitted ? 200 : 429,
    isForwarded: taken.admitted,
    'X-RateLimit-Limit': `${limit}`,
    'X-RateLimit-Remaining': `${remaining}`,
    'X-RateLimit-Reset': `${wholeSeconds(resetMs)}`,
    'RateLimit-Policy': list((part) => `q=${part.limit};w=${sustained(part, part.limit)}`),
    RateLimit: list((part) => {
      const window = part.remaining > 0 ? sustained(part, part.remaining) : wholeSeconds(part.nextMs)
      return `r=${part.remaining};t=${Math.min(window, retryAfter ?? window)}`
    }),
    'Retry-After': retryAfter === undefined ? null : `${retryAfter}`,
  }
}

const wholeSeconds = (ms: number): number => Math.ceil(ms / 1000)

/** Seconds in which `count` requests may be sustained. */
const sustained = ({ period, rate }: LimitPart, count: number): number =>
  wholeSeconds((count * period) / rate)
