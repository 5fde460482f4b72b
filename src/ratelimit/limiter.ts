/**
 * The port of the rate limiter. Implementations: `memory.ts` (tests, command line) and the Durable Object
 * behind `platform/limiter-client.ts`. Both pass `test/contract/limiter.ts`.
 */
import type { Awaitable } from '../base/result.ts'
import type { Millis } from '../base/time.ts'
import type { Standing } from '../decision/standing.ts'
import type { Quota } from './config.ts'

/** One limit that a request is counted against. */
export type Charge = {
  /** Name of the rate group; groups never share a cell. */
  readonly group: string
  /** Who is counted: `client=akamai/crm-sync`. Never a raw header value. */
  readonly key: string
  readonly quota: Quota
  /** Requests to charge, a whole number. 0 only looks. More than the burst is always refused. */
  readonly quantity: number
  /**
   * Where the cell lives; absent: with its key. Cells that are charged together must name one home, and a
   * cell must name the same home each time.
   */
  readonly home?: string
  /** Name of the cell, as `cellId` makes it: given by whoever charges the same cell again and again. */
  readonly cell?: string
  /** Sequence of the policy that states the quota. Where two policies meet, the newer one's quota holds. */
  readonly version?: number
  /** Whether requests may be handed out ahead of time to isolates that ask often. Absent: they may not. */
  readonly leased?: boolean
  /** How long the request may wait for the answer. Absent: as long as the limiter lets it. */
  readonly budgetMs?: Millis
}

export type Taken =
  | {
      readonly admitted: true
      readonly standing: Standing
      /** Set when the request was paid from a lease, by the isolate alone. */
      readonly leased?: true
    }
  | {
      readonly admitted: false
      readonly standing: Standing
      /** Until this request would be admitted; undefined when it never can be (quantity above the burst). */
      readonly retryMs: Millis | undefined
    }
  /** The limiter could not be asked; the rate group's `on_failure` decides what that means. */
  | {
      readonly admitted: 'unknown'
      readonly why: string
      /** Requests of the first charge's bucket that cannot have drained since it was last heard of, if ever. */
      readonly spent?: number
    }

export interface Limiter {
  /**
   * Asks for all charges together: every one is admitted and charged, or none is charged.
   *
   * @param charges - at least one, of one request
   * @returns the standing of the refusing limit with the longest retry, else of the one with the smallest
   *   remaining/limit. Never throws and never rejects: a limiter out of reach is `unknown`.
   */
  take(charges: readonly Charge[]): Awaitable<Taken>
}
