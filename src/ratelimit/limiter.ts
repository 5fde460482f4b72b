/**
 * The port of the rate limiter. Implementations: `memory.ts` (tests, command line) and the Durable Object
 * behind `platform/limiter-client.ts`. Both pass `test/contract/limiter.ts`.
 */
import type { Awaitable } from '../base/result.ts'
import type { Millis } from '../base/time.ts'
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
}

/** How a cell stands after the request, in the words of the vendor's headers (seed: Cloudentity). */
export type Standing = {
  readonly group: string
  /** Most requests permitted at once from the empty state: the burst. */
  readonly limit: number
  /** Most requests permitted at once now. Whole, never below 0. */
  readonly remaining: number
  /** Until `remaining` equals `limit` again. */
  readonly resetMs: Millis
  readonly quota: Quota
}

export type Taken =
  | { readonly admitted: true; readonly standing: Standing }
  | {
      readonly admitted: false
      readonly standing: Standing
      /** Until this request would be admitted; undefined when it never can be (quantity above the burst). */
      readonly retryMs: Millis | undefined
    }
  /** The limiter could not be asked; the rate group's `on_failure` decides what that means. */
  | { readonly admitted: 'unknown'; readonly why: string }

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
