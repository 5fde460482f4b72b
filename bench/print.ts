/** One case a paragraph: what was measured, what it comes to, what it costs. */
import type { Figures } from './results.ts'

const shown = (value: number | undefined, unit = ''): string =>
  value === undefined ? '-' : `${value}${unit}`

export function printCase(name: string, figures: Figures): void {
  const side = (label: string, prefix: string): string =>
    `  ${label.padEnd(8)} ${shown(figures[`${prefix}_rps`]).padStart(8)} requests/s ${shown(figures[`${prefix}_cpu_us`]).padStart(8)} µs CPU a request`
  const lines = [
    name,
    side('bare', 'bare'),
    `${side('gateway', 'gateway')}   ${shown(figures['ratio'])} of bare (spread ${shown(figures['ratio_spread'])}), by CPU ${shown(figures['cpu_ratio'])}`,
  ]
  if ('peer_rps' in figures) {
    lines.push(
      `${side('peer', 'peer')}   ${shown(figures['peer_ratio'])} of bare; the gateway is ${shown(figures['times_peer'])} times as fast`,
    )
  }
  if ('refuse_rps' in figures) {
    lines.push(
      `  ${'refuse'.padEnd(8)} ${shown(figures['refuse_rps']).padStart(8)} requests/s, ${shown(figures['refuse_ratio'])} of bare`,
    )
  }
  for (const [label, prefix] of [
    ['gateway', ''],
    ['peer', 'peer_'],
  ] as const) {
    if (!(`${prefix}do_calls_per_1000` in figures)) continue
    lines.push(
      `  ${label}: ${shown(figures[`${prefix}do_calls_per_1000`])} object calls and ${shown(figures[`${prefix}rows_written_per_1000`])} rows written per 1,000 requests; a million requests cost $${shown(figures[`${prefix}usd_per_million`])}, $${shown(figures[`${prefix}usd_per_million_objects`])} of it for objects`,
    )
  }
  console.log(lines.join('\n'))
}
