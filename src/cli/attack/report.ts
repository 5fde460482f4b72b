/** What `sallyport attack` prints: what was tried, what was found, and what that means. Never a secret. */
import type { Step } from '../../attack/attack.ts'
import type { Finding } from '../../attack/carried.ts'
import { families, remedies } from '../../attack/corpus/all.ts'
import { type Armed, base64 } from '../../attack/scene.ts'
import { printable } from '../../source/frame.ts'
import { columns } from '../output/columns.ts'
import type { Results } from '../output/output-schema.ts'
import { type Colors, counted } from '../output/report.ts'
import type { Outcome } from './run.ts'

export type Told = {
  readonly outcome: Outcome
  /** By upstream, why nothing of it could be seen. */
  readonly blind: ReadonlyMap<string, string>
  readonly armed: readonly Armed[]
  readonly seconds: number
}

/** For a person: what was tried, each finding in full, what could not be seen, and the count. */
export function renderAttack(told: Told, colors: Colors): string {
  const { outcome, blind } = told
  const hide = hiding(told.armed)
  const found = distinctRows(outcome.findings)
  const unseen = [...blind].map(([name, why]) => `not seen: ${printable(name)}: ${printable(why)}\n`)
  return [
    columns(tableOf(outcome.tried, found)),
    '\n',
    ...found.map((finding) => `${findingText(finding, hide, colors)}\n`),
    ...unseen,
    ...restOf(outcome),
    `${summary(told)}\n`,
  ].join('')
}

/** A line for each family: its rows, how many attacks, how many findings. */
function tableOf(tried: Outcome['tried'], findings: readonly Finding[]): readonly (readonly string[])[] {
  const rows = Object.entries(families).map(([letter, name]) => {
    const own = [...tried].filter(([row]) => row.startsWith(letter))
    const found = findings.filter(({ row }) => row.startsWith(letter)).length
    const attacks = own.reduce((sum, [, count]) => sum + count, 0)
    const names = own.map(([row]) => row).toSorted((a, b) => Number(a.slice(1)) - Number(b.slice(1)))
    return [letter, name, String(attacks), found === 0 ? '-' : String(found), names.join(' ')]
  })
  return [['', 'THREATS', 'ATTACKS', 'FINDINGS', 'ROWS'], ...rows]
}

/** Sorted by row; what many attacks found alike is told once for each upstream. */
function distinctRows(findings: readonly Finding[]): readonly Finding[] {
  const byWhat = new Map<string, Finding>()
  for (const finding of findings) {
    const key = [finding.row, finding.what, finding.upstream].join(' ')
    if (!byWhat.has(key)) byWhat.set(key, finding)
  }
  return [...byWhat.values()].toSorted((a, b) => rank(a.row) - rank(b.row) || a.what.localeCompare(b.what))
}

/** As on docs/threats.md: by family, then by number. */
const rank = (row: string): number =>
  Object.keys(families).indexOf(row.slice(0, 1)) * 100 + Number(row.slice(1))

/** Values of the caller's and the upstream's are printed as text, never as what a terminal makes of them. */
function findingText(finding: Finding, hide: (text: string) => string, colors: Colors): string {
  const { row, what, upstream, step, came, meaning } = finding
  const line = (label: string, text: string) => `    ${label.padEnd(8)}${printable(hide(text))}\n`
  return [
    `${colors.red(row)} ${colors.bold(printable(what))}  ${printable(upstream)}\n`,
    step === undefined ? '' : line('sent', sentText(step)),
    line('came', came),
    line('means', meaning),
    line('do', remedyOf(row)),
  ].join('')
}

const remedyOf = (row: string): string => remedies[row.slice(0, 1)] ?? ''

/** Request line and fields. A body is counted: it may hold a second request, and that may be long. */
function sentText({ wire: { method, target, headers, body, raw } }: Step): string {
  const more = raw ?? body ?? ''
  return [
    `${method} ${target}`,
    ...headers,
    ...(more === '' ? [] : [`(${counted(more.length, 'byte')} more)`]),
  ].join('; ')
}

/** Credentials are cut down to their scheme, wherever they stand: reports are pasted into tickets. */
function hiding(armed: readonly Armed[]): (text: string) => string {
  const secrets = armed.flatMap(({ client, secret }) => [secret, base64(`${client.clientId}:${secret}`)])
  return (text) =>
    secrets
      .reduce((hidden, secret) => hidden.replaceAll(secret, '(hidden)'), text)
      // Whatever else stands behind a scheme: guesses, and halves of secrets.
      .replace(/(authorization: *\w+ )[^;]*/gi, '$1(hidden)')
      .replace(/eyJ[\w-]+\.[\w-]+\.[\w-]*/g, '(token)')
}

/** What showed nothing, so that nobody takes it for a good sign. */
function restOf({ undecided, unanswered }: Outcome): string[] {
  return [
    ...(undecided === 0 ? [] : [`${counted(undecided, 'attack')} met a limit (429) and showed nothing\n`]),
    ...(unanswered === 0
      ? []
      : [`${counted(unanswered, 'attack')} got no answer: the connection was closed\n`]),
  ]
}

function summary({ outcome, seconds }: Told): string {
  const attacks = [...outcome.tried.values()].reduce((sum, count) => sum + count, 0)
  const found = counted(distinctRows(outcome.findings).length, 'finding')
  return `${counted(attacks, 'attack')}, ${counted(outcome.requests, 'request')}: ${found}   (${seconds.toFixed(1)} s)`
}

/** For programs. */
export function attackResult({ outcome, blind, armed }: Told): Results['attack'] {
  const hide = hiding(armed)
  return {
    attacks: Object.fromEntries(outcome.tried),
    requests: outcome.requests,
    undecided: outcome.undecided,
    unanswered: outcome.unanswered,
    left_out: outcome.left,
    not_seen: Object.fromEntries(blind),
    findings: distinctRows(outcome.findings).map(({ row, what, upstream, step, came, meaning }) => ({
      row,
      what,
      upstream,
      ...(step !== undefined && { sent: hide(sentText(step)) }),
      came: hide(came),
      meaning: hide(meaning),
      remedy: remedyOf(row),
    })),
  }
}
