/** The limiter as an isolate sees it: which object keeps a cell, and what to do when it does not answer. */
import type { Millis } from '../base/time.ts'
import { answerOf, homeOf, oneChargePerCell } from '../ratelimit/cells.ts'
import type { Charge, Limiter, Taken } from '../ratelimit/limiter.ts'
import type { LimiterObject } from './limiter-object.ts'

export type ObjectLimiterOptions = {
  /** Objects the cells are spread over; at least peak calls a second / 200. Changing it gives each moved cell a fresh bucket. */
  readonly shards?: number
  /** How long a request may wait for its answer. */
  readonly budgetMs?: Millis
  /** Where the objects must stay. */
  readonly jurisdiction?: DurableObjectJurisdiction
  /** Where the objects should be made; counts only for the first call to each. */
  readonly placement?: DurableObjectLocationHint
}

/** Version of the names and of what is stored under them. */
const LAYOUT = 'v1'

/**
 * The limiter in sharded Durable Objects.
 *
 * Never throws: an object that fails, stalls or is overloaded is `unknown`, within the budget. Nothing is
 * asked twice, since an answer that was lost may have charged.
 */
export function objectLimiter(
  namespace: DurableObjectNamespace<LimiterObject>,
  options: ObjectLimiterOptions = {},
): Limiter {
  const { shards = 64, budgetMs = 250, jurisdiction, placement } = options
  const place = jurisdiction === undefined ? namespace : namespace.jurisdiction(jurisdiction)
  const hint = placement === undefined ? {} : { locationHint: placement }
  return {
    async take(charges) {
      const each = oneChargePerCell(charges)
      const [first] = each ?? []
      if (each === undefined || first === undefined) return unknown('charges without a common home')
      // A stub costs nothing to make, and one that has thrown once is broken for good.
      const stub = place.getByName(shardName(homeOf(first), shards, jurisdiction ?? 'any'), hint)
      return await within(budgetMs, askOne(stub, each))
    },
  }
}

/**
 * The object's name. It is logged by the platform, so nothing of the key can be read from it; the number of
 * shards is part of it, so that two deployments with different numbers do not share objects by accident.
 */
export const shardName = (home: string, shards: number, region: string): string =>
  `${LAYOUT}:${region}:${shards}:${hash(home) % shards}`

async function askOne(stub: DurableObjectStub<LimiterObject>, charges: readonly Charge[]): Promise<Taken> {
  try {
    const { granted } = await stub.take({ asks: [{ charges, count: 1 }] })
    const [only] = granted
    return only === undefined ? unknown('empty reply') : answerOf(charges, only)
  } catch (error) {
    return unknown(error instanceof Error ? error.message : 'call failed')
  }
}

/** The answer, or `unknown` when it takes longer than the budget. The timer belongs to the request that waits. */
async function within(budgetMs: Millis, answer: Promise<Taken>): Promise<Taken> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<Taken>((resolve) => {
    timer = setTimeout(() => resolve(unknown(`no answer within ${budgetMs} ms`)), budgetMs)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}

const unknown = (why: string): Taken => ({ admitted: 'unknown', why })

/** FNV-1a with a final mix: spreads keys that differ in one character over all shards. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  return (value ^ (value >>> 13)) >>> 0
}
