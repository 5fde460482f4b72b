/** The figures of a run: medians over rounds, and `bench/results.json`, where each case or benchmark has one object. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Side } from './cases.ts'
import type { Measured } from './measure.ts'
import { pricePerMillion } from './prices.ts'
import { median, ratios, rounded, spread } from './stats.ts'
import type { Counts } from './workers/counts.ts'

/** Named figures of one case. Those that a machine or a case does not have are left out. */
export type Figures = Readonly<Record<string, number>>

/** What each side of a case did, a measurement a round. */
export type Rounds = Readonly<Partial<Record<Side, readonly Measured[]>>>

export const RESULTS = join(import.meta.dirname, 'results.json')

/**
 * Medians over the rounds; a ratio is the median of the ratios within a round.
 *
 * @returns `ratio` is the gateway's share of bare's throughput, `cpu_ratio` how much bare does in the CPU time in which
 *   the gateway does one; both are 1 for a gateway that costs nothing. `*_spread` is the distance of the extremes.
 */
export function figuresOf(rounds: Rounds): Figures {
  const { bare = [], floor = [], gateway = [], peer = [], refuse = [] } = rounds
  const ratio = ratios(rps(gateway), rps(bare))
  return known({
    gateway_rps: rounded(median(rps(gateway)), 0),
    bare_rps: rounded(median(rps(bare)), 0),
    ratio: rounded(median(ratio), 3),
    ratio_spread: rounded(spread(ratio), 3),
    gateway_cpu_us: rounded(median(cpu(gateway)), 1),
    bare_cpu_us: rounded(median(cpu(bare)), 1),
    cpu_ratio: rounded(median(ratios(cpu(bare), cpu(gateway))), 3),
    floor_rps: rounded(median(rps(floor)), 0),
    floor_cpu_us: rounded(median(cpu(floor)), 1),
    floor_ratio: rounded(median(ratios(rps(floor), rps(bare))), 3),
    floor_cpu_ratio: rounded(median(ratios(cpu(bare), cpu(floor))), 3),
    of_floor: rounded(median(ratios(rps(gateway), rps(floor))), 3),
    peer_rps: rounded(median(rps(peer)), 0),
    peer_cpu_us: rounded(median(cpu(peer)), 1),
    peer_ratio: rounded(median(ratios(rps(peer), rps(bare))), 3),
    times_peer: rounded(median(ratios(rps(gateway), rps(peer))), 2),
    cpu_times_peer: rounded(median(ratios(cpu(peer), cpu(gateway))), 2),
    refuse_rps: rounded(median(rps(refuse)), 0),
    refuse_cpu_us: rounded(median(cpu(refuse)), 1),
    refuse_ratio: rounded(median(ratios(rps(refuse), rps(bare))), 3),
    gateway_spread: rounded(spread(rps(gateway)), 3),
    bare_spread: rounded(spread(rps(bare)), 3),
    gateway_p50_ms: rounded(median(gateway.map(({ p50Ms }) => p50Ms)), 2),
    gateway_p99_ms: rounded(median(gateway.map(({ p99Ms }) => p99Ms)), 2),
    bare_p50_ms: rounded(median(bare.map(({ p50Ms }) => p50Ms)), 2),
    bare_p99_ms: rounded(median(bare.map(({ p99Ms }) => p99Ms)), 2),
    rounds: bare.length,
  })
}

const rps = (measured: readonly Measured[]): number[] => measured.map((each) => each.rps)
const cpu = (measured: readonly Measured[]): number[] => measured.map((each) => each.cpuMicrosPerRequest)

/**
 * Object calls and rows of one side, and the price.
 *
 * @param prefix - of the names: empty for the gateway
 * @param cpuMicros - of a request, measured where nothing is counted
 */
export function costFigures(prefix: '' | 'peer_', counted: Counts, cpuMicros: number): Figures {
  const { requests, admitted, calls, rowsWritten } = counted
  const price = pricePerMillion(counted, cpuMicros)
  const figures = {
    do_calls_per_1000: rounded((1000 * calls) / requests, 2),
    rows_written_per_1000: rounded((1000 * rowsWritten) / requests, 2),
    do_calls_per_1000_admitted: rounded((1000 * calls) / admitted, 2),
    usd_per_million: rounded(price.total, 3),
    usd_per_million_objects: rounded(price.objects, 4),
  }
  return known(Object.fromEntries(Object.entries(figures).map(([name, value]) => [prefix + name, value])))
}

/** Without the figures that could not be had: NaN of no rounds, infinity of a division by nothing. */
export const known = (figures: Figures): Figures =>
  Object.fromEntries(Object.entries(figures).filter(([, value]) => Number.isFinite(value)))

/** Replaces these entries of the file and keeps the others, so that each benchmark can be run on its own. */
export async function keep(entries: Readonly<Record<string, unknown>>, file = RESULTS): Promise<void> {
  const before: unknown = JSON.parse(await readFile(file, 'utf8').catch(() => '{}'))
  const all = { ...(typeof before === 'object' ? before : {}), ...entries }
  await writeFile(file, `${JSON.stringify(all, undefined, 2)}\n`)
}
