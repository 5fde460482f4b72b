/** One case a paragraph: what was measured, what it comes to, what it costs. */
import type { Figures } from './results.ts'

export function printCase(name: string, figures: Figures): void {
  const lines = [...sides, ...costs].flatMap((line) => line(figures) ?? [])
  console.log([name, ...lines].join('\n'))
}

/** A line, where the case has its figures. */
type Line = (figures: Figures) => string | undefined

/** @param rest - of the line, by the names of figures in braces */
const line =
  (needs: string, label: string, rest: string): Line =>
  (figures) =>
    needs in figures
      ? `  ${label.padEnd(8)} ${rest.replaceAll(/\{(\w+)\}/g, (_, name) => `${figures[name] ?? '-'}`.padStart(6))}`
      : undefined

const sides: readonly Line[] = [
  line('bare_rps', 'bare', '{bare_rps} requests/s {bare_cpu_us} µs of CPU each'),
  line(
    'gateway_rps',
    'gateway',
    '{gateway_rps} requests/s {gateway_cpu_us} µs of CPU each; {ratio} of bare (spread {ratio_spread}), by CPU {cpu_ratio}',
  ),
  line(
    'floor_rps',
    'floor',
    '{floor_rps} requests/s {floor_cpu_us} µs of CPU each; {floor_ratio} of bare, by CPU {floor_cpu_ratio}; the gateway reaches {of_floor} of it',
  ),
  line(
    'peer_rps',
    'peer',
    '{peer_rps} requests/s {peer_cpu_us} µs of CPU each; {peer_ratio} of bare; the gateway is {times_peer} times as fast',
  ),
  line('refuse_rps', 'refuse', '{refuse_rps} requests/s; {refuse_ratio} of bare'),
]

const costs: readonly Line[] = ['', 'peer_'].map((prefix) =>
  line(
    `${prefix}do_calls_per_1000`,
    prefix === '' ? 'gateway' : 'peer',
    `{${prefix}do_calls_per_1000} object calls and {${prefix}rows_written_per_1000} rows written per 1,000 requests ({${prefix}do_calls_per_1000_admitted} calls per 1,000 admitted); a million requests cost \${${prefix}usd_per_million}, \${${prefix}usd_per_million_objects} of it for objects`,
  ),
)
