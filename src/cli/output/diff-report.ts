/** What `sallyport diff` prints for a person; the words of it are those of the other formats too. */
import { formatAddress } from '../../base/address.ts'
import type { CallerName } from '../../diff/caller.ts'
import type { Entry, PolicyDiff } from '../../diff/diff.ts'
import type { GroupRequest } from '../../diff/groups.ts'
import type { LimitChange } from '../../diff/limits.ts'
import type { Note } from '../../diff/notes.ts'
import { rangesText } from '../../network/pieces.ts'
import { printable } from '../../source/frame.ts'
import { type Colors, counted } from './report.ts'

/** A reviewer who meets more than these has a policy to read, not a list. */
const MAX_ENTRIES = 100
const MAX_CALLERS = 5

export type DiffOptions = {
  readonly colors: Colors
  /** Shows changes of the reason too, and every entry. */
  readonly all: boolean
  readonly seconds: number
}

export function renderDiff(diff: PolicyDiff, { colors, all, seconds }: DiffOptions): string {
  const { opens, closes, reasons, limits, notes } = diff
  const most = all ? Number.POSITIVE_INFINITY : MAX_ENTRIES
  const sections = [
    section(`${colors.bold(colors.red('OPENS'))}    was denied, would be allowed`, opens, most),
    section(`${colors.bold(colors.yellow('CLOSES'))}   was allowed, would be denied`, closes, most),
    all ? section(`${colors.bold('REASONS')}  denied either way`, reasons, most) : hiddenReasons(reasons),
    limits.map((limit) => `LIMIT  ${limitText(limit)}\n`).join(''),
    notes.map((note) => `NOTE  ${noteText(note)}\n`).join(''),
  ]
  const shown = sections.filter((text) => text !== '').map((text) => `${text}\n`)
  return `${shown.join('')}${summary(diff)}   (${seconds.toFixed(1)} s)\n`
}

const section = (title: string, entries: readonly Entry[], most: number): string =>
  entries.length === 0
    ? ''
    : `${title}\n${entries.slice(0, most).map(entryText).join('')}${moreText(entries, most)}`

const moreText = (entries: readonly Entry[], most: number): string =>
  entries.length > most ? `  ... and ${entries.length - most} more; --all shows them\n` : ''

const hiddenReasons = ({ length }: readonly Entry[]): string =>
  length === 0
    ? ''
    : `(${counted(length, 'group')} ${length === 1 ? 'changes' : 'change'} only the reason; --all shows them)\n`

function entryText(entry: Entry): string {
  const { request, from, to } = entry
  return [
    `  ${callersText(entry.callers)}  ${request.methods.join(',')} ${routeText(request)}   ${from} -> ${to}`,
    `      from ${addressesText(entry)}`,
    `      e.g. ${witnessText(entry)}`,
    '',
  ].join('\n')
}

export function callersText(callers: readonly CallerName[]): string {
  const more = callers.length - MAX_CALLERS
  const names = callers.slice(0, MAX_CALLERS).map(callerText)
  return printable(names.join(', ') + (more > 0 ? ` and ${more} more` : ''))
}

function callerText({ client, token, scope, by, clientId }: CallerName): string {
  const who = client ?? (token === undefined ? 'anyone' : `a token of ${token}`)
  const details = [scope && `scope ${scope}`, by, clientId && `id ${clientId}`].filter((each) => each)
  return details.length === 0 ? who : `${who} (${details.join(', ')})`
}

export function routeText({ before, after }: GroupRequest): string {
  if (before === after || after === undefined) return before ?? ''
  return before === undefined ? after : `${before} -> ${after}`
}

export const addressesText = ({ ranges, isBlind }: Entry): string =>
  ranges.v4.length + ranges.v6.length === 0 && isBlind ? 'no readable address' : rangesText(ranges)

export function witnessText({ request, address }: Entry): string {
  const { method, host, path, upgrade } = request.witness
  const target = host === undefined ? path : `https://${host}${path}`
  const from = address === undefined ? '' : `   from ${formatAddress(address)}`
  return `${method} ${target}${upgrade === undefined ? '' : ` (${upgrade})`}${from}`
}

export function limitText({ subject, field, before, after, direction }: LimitChange): string {
  const judged = direction === 'other' ? '' : `  (${direction})`
  return printable(`${subject}: ${field} ${before} -> ${after}${judged}`)
}

export const noteText = ({ subject, field, before, after }: Note): string =>
  printable(`${subject}: ${field} ${before} -> ${after}`)

/** `4 openings, 3 closings, ...` */
export const summary = ({ opens, closes, reasons, limits }: PolicyDiff): string =>
  [
    counted(opens.length, 'opening'),
    counted(closes.length, 'closing'),
    counted(reasons.length, 'reason change'),
    counted(limits.length, 'limit change'),
  ].join(', ')
