/**
 * What requests cost on the platform, in US dollars: the paid plan, beyond what it includes.
 *
 * Workers: https://developers.cloudflare.com/workers/platform/pricing/ (requests, CPU time).
 * Durable Objects: https://developers.cloudflare.com/durable-objects/platform/pricing/ (calls, rows; an RPC call and
 * an alarm are a request each, a set alarm is a row written). Read in November 2026. Not in it: the time for which
 * objects stay in memory, since that depends on how many are awake and not on how many requests there are.
 */
import type { Counts } from './workers/counts.ts'

const PER_MILLION = { request: 0.3, cpuMs: 0.02, objectCall: 0.15, rowWritten: 1, rowRead: 0.001 }

/**
 * The price of a million requests like these, by what is paid for.
 *
 * @param cpuMicros - of a request; NaN where it could not be measured, and is left out
 */
export function pricePerMillion(counts: Counts, cpuMicros: number) {
  const each = (count: number): number => count / counts.requests
  const cpuMs = Number.isFinite(cpuMicros) ? cpuMicros / 1000 : 0
  const worker = PER_MILLION.request + cpuMs * PER_MILLION.cpuMs
  const objects =
    each(counts.calls) * PER_MILLION.objectCall +
    each(counts.rowsWritten) * PER_MILLION.rowWritten +
    each(counts.rowsRead) * PER_MILLION.rowRead
  return { worker, objects, total: worker + objects }
}
