/** The verdict on a soak, and its figures as a table. */
import { type Admission, excess, mean, rise } from './audit.ts'
import { type LimitedGroup, limited } from './policy.ts'
import type { Outcome } from './run.ts'
import type { Usage } from './watch.ts'

export type Check = { readonly name: string; readonly found: string; readonly good: boolean }

export type Report = {
  readonly seconds: number
  readonly requests: number
  /** By kind of traffic, the answers and how often each came. */
  readonly kinds: readonly { readonly name: string; readonly answers: Readonly<Record<string, number>> }[]
  readonly checks: readonly Check[]
  /** Rows of label and figures, for people. */
  readonly figures: readonly (readonly [string, string])[]
  readonly good: boolean
}

/** The first part of a run, in which caches and heaps fill. */
const WARM_UP = 0.4
/** Fewer looks than that after the warm-up say nothing of a trend. */
const FEWEST_LOOKS = 120
/**
 * How much the line through the memory may rise after the warm-up, as a share of its mean: at the usual pace that is
 * what half a KiB a request would come to.
 */
const MOST_RISE = 0.1
/** Connections come and go; the line through their number stays. */
const MOST_FILES_RISE = 10
/** Files that may be open at the end and not at the start: three of each of the limiter's 64 databases, and a few sockets. */
const MOST_FILES_LEFT = 64 * 3 + 48
const KIB = 1024

export function reportOf(outcome: Outcome): Report {
  const { seconds, tallies } = outcome
  const kinds = tallies.map(({ name, answers }) => ({ name, answers: Object.fromEntries(answers) }))
  const requests = sum(tallies.flatMap(({ answers }) => [...answers.values()]))
  const checks = [...behaviour(outcome), ...limits(outcome), ...resources(outcome)]
  const good = checks.every((check) => check.good)
  return { seconds, requests, kinds, checks, figures: figuresOf(outcome, requests), good }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

const check = (name: string, good: boolean, found: string): Check => ({ name, found, good })
const none = (name: string, found: readonly string[]): Check =>
  check(
    name,
    found.length === 0,
    found.length === 0 ? 'none' : `${found.length}: ${found.slice(0, 3).join(' | ')}`,
  )

function behaviour({ tallies, breaches, refusals, lines, last }: Outcome): readonly Check[] {
  const wrong = tallies.flatMap(({ name, wrong }) => wrong.map((each) => `${name}: ${each}`))
  const ours = tallies.flatMap(({ name, answers }) =>
    [...answers.keys()].filter((answer) => /^gateway 5/.test(answer)).map((answer) => `${name}: ${answer}`),
  )
  const unsent = tallies.find(({ answers }) => answers.size === 0)
  const { matched, withoutLine, withoutAnswer, twice } = refusals
  const lost = sum(tallies.map(({ mayLose, answers }) => (mayLose ? (answers.get('nobody 0') ?? 0) : 0)))
  return [
    none('answers that are not right for their kind', wrong),
    none('5xx of the gateway', ours),
    none('refused requests that reached the upstream', breaches),
    check(
      "the gateway's own answers with exactly one line in the decision log",
      withoutLine + twice === 0 && withoutAnswer === lost && matched > 0,
      `${matched} of ${matched + withoutLine}; ${withoutAnswer} lines and ${lost} callers without an answer; ${twice} twice`,
    ),
    none('lines that are no decision', lines.odd),
    check('answers that the limiter did not give', lines.degraded === 0, String(lines.degraded)),
    check('every kind of traffic was sent', unsent === undefined, unsent?.name ?? 'yes'),
    check('a good request at the end', last.status === 200, String(last.status)),
  ]
}

const isLimited = (group: string): group is LimitedGroup => group in limited

function limits({ admissions }: Outcome): readonly Check[] {
  return [...admissions].flatMap(([cell, moments]) => {
    const group = cell.split(':')[0] ?? ''
    if (!isLimited(group)) return []
    const over = excess(limited[group], moments)
    const found = `${moments.length} admitted; worst stretch ${over > 0 ? over : 'within'}`
    return [check(`group ${group} within its quota`, over <= 0, found)]
  })
}

const afterWarmUp = (usages: readonly Usage[]): readonly Usage[] =>
  usages.slice(Math.ceil(usages.length * WARM_UP))

const riseOf = (usages: readonly Usage[], of: (usage: Usage) => number): number =>
  rise(usages.map((usage) => ({ at: usage.at, value: of(usage) })))

function resources({ usages, files }: Outcome): readonly Check[] {
  const looks = afterWarmUp(usages)
  const left = files.after - files.before
  if (usages.length === 0) return [check('memory and descriptors can be looked at', false, 'no /proc')]
  const atEnd = check('descriptors left open at the end', left <= MOST_FILES_LEFT, String(left))
  if (looks.length < FEWEST_LOOKS) return [atEnd]
  const memory = riseOf(looks, ({ rss }) => rss) / mean(looks.map(({ rss }) => rss))
  const open = riseOf(looks, (usage) => usage.files)
  return [
    atEnd,
    check('memory is flat after the warm-up', memory <= MOST_RISE, `${(memory * 100).toFixed(1)} %`),
    check('descriptors are flat after the warm-up', open <= MOST_FILES_RISE, open.toFixed(1)),
  ]
}

function figuresOf(
  { seconds, usages, ownCpu, admissions, refusals }: Outcome,
  requests: number,
): readonly (readonly [string, string])[] {
  const looks = afterWarmUp(usages)
  const [first, last] = [usages[0], usages.at(-1)]
  const cpu = (last?.cpu ?? 0) - (first?.cpu ?? 0)
  const share = (ms: number): string => `${((ms / (seconds * 1000)) * 100).toFixed(0)} % of one core`
  const row = (of: (usage: Usage) => number, unit = 1): string =>
    [first && of(first), mean(looks.map(of)), Math.max(...usages.map(of)), last && of(last)]
      .map((value) => ((value ?? 0) / unit).toFixed(0))
      .join(' / ')
  return [
    ['requests', `${requests} in ${seconds} s, ${(requests / seconds).toFixed(0)} a second`],
    ['resident memory, MiB: start / mean after warm-up / most / end', row(({ rss }) => rss, KIB)],
    ['of it heaps and stacks, MiB', row(({ heap }) => heap, KIB)],
    ['open descriptors', row((usage) => usage.files)],
    ['processor: workerd', share(cpu)],
    ['processor: callers and upstream', share(ownCpu)],
    ['failures to forward to callers who had gone', String(refusals.gone)],
    ...[...admissions].map(([cell, moments]) => admittedRow(cell, moments, seconds)),
  ]
}

function admittedRow(
  cell: string,
  moments: readonly Admission[],
  seconds: number,
): readonly [string, string] {
  const group = cell.split(':')[0] ?? ''
  if (!isLimited(group)) return [cell, String(moments.length)]
  const { period, rate, burst } = limited[group]
  const possible = burst + Math.floor((seconds * 1000 * rate) / period)
  return [`admitted in group ${group}`, `${moments.length} of at most ${possible}`]
}

/** The report as text: what was sent and answered, the figures, the verdict. */
export function printed({ kinds, figures, checks, good }: Report): string {
  const answers = kinds.map(({ name, answers }): readonly [string, string] => [
    name,
    Object.entries(answers)
      .map(([answer, count]) => `${answer}: ${count}`)
      .join(', '),
  ])
  const verdicts = checks.map((check): readonly [string, string] => [
    `${check.good ? 'ok  ' : 'FAIL'} ${check.name}`,
    check.found,
  ])
  return [table(answers), table(figures), table(verdicts), good ? 'all good\n' : 'NOT GOOD\n'].join('\n')
}

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([label]) => label.length))
  return rows.map(([label, text]) => `${label.padEnd(width)}  ${text}\n`).join('')
}
