import type { Millis } from '../base/time.ts'

/** What a rate group counts by. Several together make one key. */
export type CountedBy = 'client' | 'address' | 'route'

/**
 * At most `burst` requests at once, drained at `rate` per `period`. All whole and at least 1.
 * The burst is the whole bucket, so `X-RateLimit-Limit` is the burst (seed: Cloudentity, rate limits).
 */
export type Quota = {
  readonly period: Millis
  readonly rate: number
  readonly burst: number
  /** The slower limit: the mean `rate` per `period` over the trailing `over`. */
  readonly average?: { readonly over: Millis; readonly rate: number }
}

/** A rate group of the compiled policy. */
export type RateGroupConfig = Quota & {
  readonly name: string
  readonly per: readonly CountedBy[]
  /** Counted by address before the credentials are read. */
  readonly beforeAuth: boolean
  readonly consistency: 'strict' | 'leased'
  readonly onFailure: 'closed' | 'local' | 'open'
}
