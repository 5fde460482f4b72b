/** What the soak proves by counting: admissions within their quota, one log line for each denial, no growth. Pure. */
import type { Millis } from '../../src/base/time.ts'
import type { Quota } from '../../src/ratelimit/config.ts'

/** A request that was let through. The moment of the decision lies between these two, on the machine's one clock. */
export type Admission = { readonly sent: Millis; readonly arrived: Millis }

/**
 * How many requests more than its quota allows a cell admitted, in the worst stretch of time; 0 or less when it kept
 * its quota: at most burst + length x rate / period in any stretch (docs/rate-limits.md, "The bucket").
 *
 * A request counts for a stretch only when it was sent and arrived in it, so what it took on its way is no excuse
 * and no offence.
 */
export function excess({ period, rate, burst }: Quota, admissions: readonly Admission[]): number {
  const byArrival = admissions.toSorted((a, b) => a.arrived - b.arrived)
  let worst = -burst
  for (const { sent: from } of admissions) {
    let inside = 0
    for (const { sent, arrived } of byArrival) {
      if (sent < from) continue
      inside++
      worst = Math.max(worst, inside - burst - Math.floor(((arrived - from) * rate) / period))
    }
  }
  return worst
}

/** Refusals as the callers got them against the lines of the decision log, by request id. */
export class RefusalLedger {
  readonly #answered = new Set<string>()
  readonly #denied = new Set<string>()
  readonly #failed = new Set<string>()
  #matched = 0
  #twice = 0

  /** The gateway itself answered this request, and the caller got the answer. */
  answered(id: string): void {
    if (this.#denied.delete(id) || this.#failed.delete(id)) this.#matched++
    else this.#note(id, this.#answered)
  }

  /** The log says that this request was denied. */
  denied(id: string): void {
    this.#logged(id, this.#denied)
  }

  /** The log says that this request was allowed and could not be forwarded. Its caller may have gone by then. */
  failed(id: string): void {
    this.#logged(id, this.#failed)
  }

  #logged(id: string, lines: Set<string>): void {
    if (this.#answered.delete(id)) this.#matched++
    else this.#note(id, lines)
  }

  #note(id: string, mine: Set<string>): void {
    if (mine.has(id)) this.#twice++
    else mine.add(id)
  }

  get balance() {
    return {
      matched: this.#matched,
      /** Answers that no line tells of. */
      withoutLine: this.#answered.size,
      /** Lines of denials that nobody got. */
      withoutAnswer: this.#denied.size,
      /** Ids that came twice before their match. */
      twice: this.#twice,
      /** Lines of failures whose callers were gone: the only ones that may be left over. */
      gone: this.#failed.size,
    }
  }
}

export type Sample = { readonly at: Millis; readonly value: number }

/**
 * By how much the straight line that fits the samples best rises from the first to the last of them.
 *
 * @returns in the unit of the values; 0 for fewer than two samples
 */
export function rise(samples: readonly Sample[]): number {
  const [first] = samples
  const last = samples.at(-1)
  if (first === undefined || last === undefined || last.at === first.at) return 0
  const meanAt = mean(samples.map(({ at }) => at))
  const meanValue = mean(samples.map(({ value }) => value))
  let covariance = 0
  let variance = 0
  for (const { at, value } of samples) {
    covariance += (at - meanAt) * (value - meanValue)
    variance += (at - meanAt) ** 2
  }
  return (covariance / variance) * (last.at - first.at)
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
