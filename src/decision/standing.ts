import type { Millis } from '../base/time.ts'

/** One limit of a rate group on its own: the bucket, or the rolling average. Whole numbers. */
export type LimitPart = {
  readonly kind: 'bucket' | 'average'
  /** Most requests permitted from the empty state. */
  readonly limit: number
  readonly remaining: number
  /** `rate` requests per `period` may be sustained. */
  readonly period: Millis
  readonly rate: number
  /** Until one request more would fit; 0 while `remaining` is not 0. */
  readonly nextMs: Millis
}

/** How a rate group stands for one caller, in the words of the vendor's headers (seed: Cloudentity, rate limits). */
export type Standing = {
  readonly group: string
  /** Most requests permitted at once from the empty state: the burst. */
  readonly limit: number
  /** Most requests permitted at once now: the least that bucket and average leave. Whole, never below 0. */
  readonly remaining: number
  /** Until `remaining` equals `limit` again. */
  readonly resetMs: Millis
  /** The limits behind it, the bucket first. */
  readonly parts: readonly LimitPart[]
}
