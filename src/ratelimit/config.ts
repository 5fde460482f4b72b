import type { Millis } from '../base/time.ts'
import type { ReportOnly } from '../decision/report-only.ts'

/** What a rate group counts by. Several together make one key. */
export type CountedBy = 'tenant' | 'client' | 'token' | 'address' | 'route'

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
export type RateGroupConfig = Quota &
  ReportOnly & {
    readonly name: string
    readonly per: readonly CountedBy[]
    /** Counted by address before the credentials are read. */
    readonly beforeAuth: boolean
    readonly consistency: 'strict' | 'leased'
    readonly onFailure: 'closed' | 'local' | 'open'
    /** How long a request may wait for the limiter; the gateway's budget where it is absent. */
    readonly budgetMs?: Millis
  }

/** Where and how the buckets are kept. What is absent is as the limiter has it. */
export type LimiterConfig = {
  /** Objects that the cells are spread over. Another number gives each cell that moves a fresh bucket, once. */
  readonly shards?: number
  /** Where the objects must stay. Another one gives every cell a fresh bucket, once. */
  readonly jurisdiction?: 'eu' | 'fedramp'
  /** How long a request may wait for the limiter before its group falls back. */
  readonly budgetMs?: Millis
}
