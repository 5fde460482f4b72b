/** A policy as the tables that vendors print: who may call what, with which limit. Markdown. */
import { dateText, durationText } from '../../base/time.ts'
import type { ReportOnly } from '../../decision/report-only.ts'
import type { CompiledPolicy, UpstreamConfig } from '../../policy/model.ts'
import type { Sources, UpstreamSource } from '../../policy/sources.ts'
import type { RateGroupConfig } from '../../ratelimit/config.ts'
import type { Callers, RouteConfig } from '../../routing/config.ts'

/** @returns a section for each upstream and one for the rate groups, each ending with a line feed */
export function docsTables(policy: CompiledPolicy, { upstreams: sources }: Sources): string {
  const sections = policy.upstreams.map((upstream, index) =>
    upstreamSection(upstream, index, policy, sources.get(upstream.name)),
  )
  return [...sections, rateGroupSection(policy.rateGroups)].join('\n')
}

/** A vendor with more features than a page is wide has them named in one column. */
const MAX_COLUMNS = 12

function upstreamSection(
  { name, prefix }: UpstreamConfig,
  index: number,
  policy: CompiledPolicy,
  source: UpstreamSource | undefined,
): string {
  const features = [...(source?.features ?? [])]
  const words = features.map(([word]) => word)
  const columns = words.length > MAX_COLUMNS ? undefined : words
  const routes = policy.routes.filter(({ upstream }) => upstream === index)
  const rows = routes.flatMap((route) => rowsOf(route, name, prefix, columns, policy))
  const described = table(
    ['Feature', 'Opens'],
    features.map(([word, { description }]) => [word, description]),
  )
  const head = ['Route', 'Method', 'Path', 'Authentication', 'Respects allow list']
  const titles = [...head, ...(columns ?? ['Features']), 'Scopes', 'Rate group']
  const centered = columns === undefined ? [] : columns.map((_, at) => head.length + at)
  const parts = [
    `## ${cell(source?.title ?? name)}  \`${prefix === '' ? '/' : prefix}\`\n`,
    ...(features.length > 0 ? [described] : []),
    ...(rows.length > 0 ? [table(titles, rows, centered)] : []),
  ]
  return parts.join('\n')
}

/** One for each method, in the order of the policy. */
function rowsOf(
  route: RouteConfig,
  upstream: string,
  prefix: string,
  columns: readonly string[] | undefined,
  policy: CompiledPolicy,
): readonly (readonly string[])[] {
  const paths = route.paths.map((path) => `\`${path.slice(prefix.length)}\``).join('<br>')
  const knowsClient = isClientKnown(route, policy)
  return Object.entries(route.callers).map(([method, callers]) => [
    route.id.slice(upstream.length + 1) + trialText(route),
    method,
    paths,
    route.auth,
    respects(route),
    ...(columns === undefined ? [featureList(callers, knowsClient)] : marks(callers, columns, knowsClient)),
    scopesOf(callers),
    [route.rateGroup, ...(route.alsoCounted ?? [])].join(' and '),
  ])
}

/** What a table says of a trial: the cells beside it are what is reported, not what is refused. */
const trialText = ({ reportOnlyUntil: until }: ReportOnly): string =>
  until === undefined ? '' : ` (report only until ${dateText(until)})`

/** Features and lists are those of an API client. */
const isClientKnown = ({ auth, token }: RouteConfig, { tokens }: CompiledPolicy): boolean =>
  auth === 'token'
    ? tokens.some(({ name, clientIdClaim }) => name === token && clientIdClaim !== undefined)
    : auth !== 'none'

const respects = ({ auth, respectsAllowList }: RouteConfig): string =>
  auth === 'none' ? 'n/a' : respectsAllowList ? 'Yes' : 'No'

const marks = (callers: Callers, columns: readonly string[], knowsClient: boolean): readonly string[] =>
  columns.map((feature) => {
    if (!knowsClient) return 'n/a'
    return callers.kind !== 'any_of' || callers.features.includes(feature) ? '✓' : '✗'
  })

function featureList(callers: Callers, knowsClient: boolean): string {
  if (!knowsClient) return 'n/a'
  if (callers.kind !== 'any_of') return 'any'
  return callers.features.length === 0 ? '-' : callers.features.toSorted().join('<br>')
}

const scopesOf = (callers: Callers): string =>
  callers.kind === 'any_of' && callers.scopes.length > 0 ? callers.scopes.join(' or ') : '-'

const rateGroupSection = (groups: readonly RateGroupConfig[]): string =>
  `## Rate groups\n\n${table(
    ['Group', 'Period', 'Rate', 'Burst', 'Average', 'Counted by'],
    groups.map((group) => [
      group.name + trialText(group),
      durationText(group.period),
      String(group.rate),
      String(group.burst),
      group.average === undefined ? '-' : `${group.average.rate} over ${durationText(group.average.over)}`,
      group.per.join(' and ') + (group.beforeAuth ? ', before authentication' : ''),
    ]),
  )}`

function table(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  centered: readonly number[] = [],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |\n`
  const rule = titles.map((_, at) => (centered.includes(at) ? ':-:' : '---')).join('|')
  return `${line(titles)}|${rule}|\n${rows.map(line).join('')}`
}

/** A bar ends a cell, and a line feed the table. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' ')
