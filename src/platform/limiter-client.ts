/** The limiter as an isolate sees it: which object keeps a cell, and one line to each. */
import { waitUntil } from 'cloudflare:workers'
import type { Millis } from '../base/time.ts'
import { homeOf, oneChargePerCell } from '../ratelimit/cells.ts'
import type { Limiter } from '../ratelimit/limiter.ts'
import { Line, type LinePorts } from './limiter-line.ts'
import type { LimiterObject } from './limiter-object.ts'
import { after } from './timer.ts'

export type ObjectLimiterOptions = {
  /**
   * Objects the cells are spread over; at least peak calls a second / 200. Changing it gives each cell that
   * moves a fresh bucket, once.
   */
  readonly shards?: number
  /** How long a request may wait for its answer before its group falls back. */
  readonly budgetMs?: Millis
  /** Where the objects must stay. */
  readonly jurisdiction?: DurableObjectJurisdiction
  /** Where the objects should be made; counts only for the first call to each. */
  readonly placement?: DurableObjectLocationHint
  /** Most cells that the isolate remembers, over all shards. */
  readonly cells?: number
}

/** Version of the names and of what is stored under them. */
const LAYOUT = 'v1'

/** Cells that a line remembers at least, however many shards there are. */
const FEWEST_CELLS = 64

/**
 * The limiter in sharded Durable Objects. Make it once for an isolate: it holds what the isolate knows.
 *
 * Never throws: an object that fails, stalls or is overloaded is `unknown`, within the budget.
 */
export function objectLimiter(
  namespace: DurableObjectNamespace<LimiterObject>,
  options: ObjectLimiterOptions = {},
): Limiter {
  const { shards = 64, budgetMs = 250, jurisdiction, placement, cells = 8192 } = options
  const place = jurisdiction === undefined ? namespace : namespace.jurisdiction(jurisdiction)
  const hint = placement === undefined ? {} : { locationHint: placement }
  const lineOptions = { budgetMs, cells: Math.max(FEWEST_CELLS, Math.ceil(cells / shards)) }
  const lines: Line[] = []
  return {
    take(charges) {
      const each = oneChargePerCell(charges)
      const [first] = each ?? []
      if (each === undefined || first === undefined)
        return { admitted: 'unknown', why: 'charges without a common home' }
      return lineTo(homeOf(first)).take(each)
    },
  }

  function lineTo(home: string): Line {
    const shard = shardOf(home, shards)
    const known = lines[shard]
    if (known !== undefined) return known
    const name = shardName(home, shards, jurisdiction ?? 'any')
    const call: LinePorts['call'] = (batch) => place.getByName(name, hint).take(batch)
    const line = new Line({ ...requestPorts, call }, lineOptions)
    lines[shard] = line
    return line
  }
}

const shardOf = (home: string, shards: number): number => hash(home) % shards

/**
 * The object's name. It is logged by the platform, so nothing of the key can be read from it; the number of
 * shards is part of it, so that two deployments with different numbers do not share objects by accident.
 */
export const shardName = (home: string, shards: number, region: string): string =>
  `${LAYOUT}:${region}:${shards}:${shardOf(home, shards)}`

/** Time and life of the request in which they are used. */
const requestPorts: Omit<LinePorts, 'call'> = {
  now: () => Date.now(),
  keepAlive: waitUntil,
  after,
}

/** FNV-1a with a final mix: spreads keys that differ in one character over all shards. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  return (value ^ (value >>> 13)) >>> 0
}
