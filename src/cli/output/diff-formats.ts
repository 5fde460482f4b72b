/** What `sallyport diff` found, as Markdown for a pull request, as JSON, or as annotations of a GitHub job. */
import type { CallerName } from '../../diff/caller.ts'
import type { Entry, PolicyDiff } from '../../diff/diff.ts'
import { rangesText } from '../../network/pieces.ts'
import {
  addressesText,
  callersText,
  limitText,
  noteText,
  routeText,
  summary,
  witnessText,
} from './diff-report.ts'
import { annotation, jobLog } from './github.ts'
import { cell, code, markdownTable } from './markdown.ts'
import type { PolicyOutput, Results } from './output-schema.ts'
import { counted } from './report.ts'

/** For a comment on a pull request. */
export const renderMarkdown = (diff: PolicyDiff): string =>
  [`**${summary(diff)}**\n`, ...changeTables(diff)].join('\n')

/** One table or list for each kind of change that there is. */
export function changeTables({ opens, closes, limits, notes }: PolicyDiff): readonly string[] {
  const parts = [
    entriesTable('Opens: was denied, would be allowed', opens),
    entriesTable('Closes: was allowed, would be denied', closes),
    markdownList('Limits', limits.map(limitText)),
    markdownList('Also changed', notes.map(noteText)),
  ]
  return parts.filter((part) => part !== '')
}

/** One row for each entry of the text report, and the same words. */
function entriesTable(title: string, entries: readonly Entry[]): string {
  if (entries.length === 0) return ''
  const rows = entries.map((entry) => {
    const { request, from, to, callers } = entry
    const cells = [callersText(callers), request.methods.join(', '), routeText(request), `${from} → ${to}`]
    return [...[...cells, addressesText(entry)].map(cell), code(witnessText(entry))]
  })
  const head = ['Who', 'Methods', 'Route', 'Change', 'From', 'For example']
  return `### ${title}\n\n${markdownTable(head, rows)}`
}

const markdownList = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : `### ${title}\n\n${lines.map((line) => `- ${cell(line)}\n`).join('')}`

/**
 * @param text - the whole report
 * @param failing - kinds that fail the job
 * @param token - that nobody who writes a policy can guess
 */
export function diffAnnotations(
  diff: PolicyDiff,
  text: string,
  failing: readonly string[],
  token: string,
): string {
  const kinds = [
    { kind: 'opens', words: counted(diff.opens.length, 'opening'), quiet: 'warning' },
    { kind: 'closes', words: counted(diff.closes.length, 'closing'), quiet: 'warning' },
    { kind: 'limits', words: counted(diff.limits.length, 'limit change'), quiet: 'notice' },
  ] as const
  const lines = kinds
    .filter(({ kind }) => diff[kind].length > 0)
    .map(({ kind, words, quiet }) =>
      annotation(failing.includes(kind) ? 'error' : quiet, { title: `sallyport diff: ${kind}` }, words),
    )
  return jobLog(text, token) + lines.join('')
}

/** For programs: everything, the reason changes included. */
export const diffResult = (
  before: PolicyOutput,
  { opens, closes, reasons, limits, notes }: PolicyDiff,
): Results['diff'] => ({
  before,
  opens: opens.map(entryOutput),
  closes: closes.map(entryOutput),
  reasons: reasons.map(entryOutput),
  limits: [...limits],
  notes: [...notes],
})

/** Fields that do not apply are left out. */
const entryOutput = (entry: Entry): Results['diff']['opens'][number] => ({
  callers: entry.callers.map(callerOutput),
  methods: [...entry.request.methods],
  route_before: entry.request.before,
  route_after: entry.request.after,
  before: entry.from,
  after: entry.to,
  from: rangesText(entry.ranges),
  without_address: entry.isBlind,
  witness: witnessText(entry),
})

const callerOutput = ({ client, token, scope, by, clientId }: CallerName) => ({
  client,
  token,
  scope,
  by,
  client_id: clientId,
})
