/** What `sallyport replay` prints. */
import type { ReplayGroup, Verdict } from '../../replay/replay.ts'
import type { Grant } from '../../replay/unused.ts'
import type { LogCounts } from '../log-file.ts'
import { columns } from './columns.ts'
import type { PolicyOutput, Results } from './output-schema.ts'
import { type Colors, counted } from './report.ts'

const titles: Readonly<Record<Exclude<Verdict, 'unchanged'>, string>> = {
  newly_denied: 'NEWLY DENIED',
  would_deny: 'WOULD BE DENIED (report only)',
  newly_allowed: 'NEWLY ALLOWED',
  changed_reason: 'CHANGED REASON',
  unknown: 'UNKNOWN',
}

/** Who has more of them reads the JSON. */
const MAX_SHOWN = 100

export function renderReplay(groups: readonly ReplayGroup[], counts: LogCounts, colors: Colors): string {
  const sections = Object.entries(titles).flatMap(([verdict, title]) => {
    const own = groups.filter((group) => group.verdict === verdict)
    return own.length === 0 ? [] : [`${colors.bold(title)}\n${tableOf(own)}\n`]
  })
  return `${sections.join('')}${summary(groups, counts)}\n`
}

function tableOf(groups: readonly ReplayGroup[]): string {
  const more = groups.length - MAX_SHOWN
  const rows = groups
    .slice(0, MAX_SHOWN)
    .map(({ count, client, method, path, before, after, requestId }) => [
      `${count}x`,
      client ?? '-',
      `${method} ${path}`,
      `${before} -> ${after}`,
      requestId,
    ])
  return `${columns(rows, '  ')}${more > 0 ? `  ... and ${more} more; --format json has them\n` : ''}`
}

function summary(groups: readonly ReplayGroup[], { decisions, otherLines }: LogCounts): string {
  const count = (verdict: Verdict): number =>
    groups.filter((group) => group.verdict === verdict).reduce((sum, group) => sum + group.count, 0)
  const parts = [
    `${counted(decisions, 'decision')}: ${count('unchanged')} unchanged`,
    `${count('newly_denied')} newly denied`,
    ...(count('would_deny') > 0 ? [`${count('would_deny')} would be denied`] : []),
    `${count('newly_allowed')} newly allowed`,
    `${count('changed_reason')} with another reason`,
    `${count('unknown')} unknown`,
  ]
  const rest = otherLines === 0 ? '' : `   (${counted(otherLines, 'line')} of other programs)`
  return parts.join(', ') + rest
}

export function renderUnused(grants: readonly Grant[]): string {
  const rows = grants.map(({ route, method, to }) => [route, method, to])
  const table = rows.length === 0 ? '' : `UNUSED\n${columns(rows, '  ')}\n`
  return `\n${table}${counted(grants.length, 'grant')} that no logged request used\n`
}

/** @param several - policies that wrote lines of the log; one of them at most is that of `--logged-by` */
export const severalText = (several: number): string =>
  several < 2
    ? ''
    : `note: ${several} policies wrote these lines, and --logged-by was taken for all of them\n`

/** What a log was replayed to. */
export type Replayed = {
  readonly groups: readonly ReplayGroup[]
  readonly unused: readonly Grant[] | undefined
  readonly counts: LogCounts
  /** Lines by the digest of the policy that decided them. */
  readonly policies: ReadonlyMap<string, number>
}

export const replayResult = (
  { groups, unused, counts: { decisions, otherLines }, policies }: Replayed,
  loggedBy: PolicyOutput | undefined,
): Results['replay'] => ({
  logged_by: loggedBy,
  decisions,
  other_lines: otherLines,
  policies: [...policies].map(([policy, lines]) => ({ policy, decisions: lines })),
  groups: groups.map(({ requestId, ...group }) => ({ ...group, request_id: requestId })),
  unused: unused && [...unused],
})
