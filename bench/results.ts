/** The figures that are kept: `bench/results.json`, one object a case or benchmark. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Side } from './cases.ts'
import type { Measured } from './measure.ts'
import { median, ratios, rounded, spread } from './stats.ts'

/** Named figures of one case. Those that a machine or a case does not have are left out. */
export type Figures = Readonly<Record<string, number>>

/** What each side of a case did, a measurement a round. */
export type Rounds = Readonly<Partial<Record<Side, readonly Measured[]>>>

export const RESULTS = join(import.meta.dirname, 'results.json')

/**
 * Medians over the rounds; ratios are medians of the ratios within a round.
 *
 * @returns `ratio` and `peer_ratio` are shares of bare's throughput, `cpu_ratio` of what bare does in the same CPU time
 */
export function figuresOf(rounds: Rounds): Figures {
  const { bare = [], gateway = [], peer = [] } = rounds
  const figures: Record<string, number> = {}
  for (const [side, measured] of Object.entries(rounds)) Object.assign(figures, sideFigures(side, measured))
  const ratio = ratios(rps(gateway), rps(bare))
  return known({
    ...figures,
    ratio: rounded(median(ratio), 3),
    ratio_spread: rounded(spread(ratio), 3),
    cpu_ratio: rounded(median(ratios(cpu(bare), cpu(gateway))), 3),
    peer_ratio: rounded(median(ratios(rps(peer), rps(bare))), 3),
    times_peer: rounded(median(ratios(rps(gateway), rps(peer))), 2),
    rounds: bare.length,
  })
}

const rps = (measured: readonly Measured[]): number[] => measured.map((each) => each.rps)
const cpu = (measured: readonly Measured[]): number[] => measured.map((each) => each.cpuMicrosPerRequest)

const sideFigures = (side: string, measured: readonly Measured[]): Figures => ({
  [`${side}_rps`]: rounded(median(rps(measured)), 0),
  [`${side}_spread`]: rounded(spread(rps(measured)), 3),
  [`${side}_cpu_us`]: rounded(median(cpu(measured)), 1),
  [`${side}_p50_ms`]: rounded(median(measured.map((each) => each.p50Ms)), 2),
  [`${side}_p99_ms`]: rounded(median(measured.map((each) => each.p99Ms)), 2),
})

const known = (figures: Figures): Figures =>
  Object.fromEntries(Object.entries(figures).filter(([, value]) => Number.isFinite(value)))

/** Replaces these entries of the file and keeps the others, so that each benchmark can be run on its own. */
export async function keep(entries: Readonly<Record<string, unknown>>, file = RESULTS): Promise<void> {
  const before: unknown = JSON.parse(await readFile(file, 'utf8').catch(() => '{}'))
  const all = { ...(typeof before === 'object' ? before : {}), ...entries }
  await writeFile(file, `${JSON.stringify(all, undefined, 2)}\n`)
}
