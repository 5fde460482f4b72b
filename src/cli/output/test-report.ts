/** What `sallyport test` prints: a block for each failure, then how many passed and what they cover. */
import { formatAddress } from '../../base/address.ts'
import { reportedIn } from '../../decision/report-only.ts'
import type { RouteDecision } from '../../pipeline.ts'
import type { CompiledPolicy } from '../../policy/model.ts'
import type { Sources } from '../../policy/sources.ts'
import { codeFrame, printable } from '../../source/frame.ts'
import type { Place, SourceText } from '../../source/text.ts'
import type { Expected } from '../../testing/cases.ts'
import { type Coverage, percentage, type Uncovered } from '../../testing/coverage.ts'
import type { Breach, InvariantResult } from '../../testing/invariants.ts'
import type { TestRun } from '../../testing/run.ts'
import type { CaseResult } from '../../testing/runner.ts'
import { isWorthTelling, narrate, type ToldStep, untilWords } from '../../trace/narrate.ts'
import { traceOf } from '../../trace/trace.ts'
import { type Colors, positionOf } from './report.ts'

/** The policy that was tested. */
export type Tested = {
  readonly policy: CompiledPolicy
  readonly sources: Sources
  readonly files: readonly SourceText[]
}

export type ReportOptions = {
  readonly colors: Colors
  /** Prints every failure, not the first few. */
  readonly all: boolean
}

/** After these the reader has understood, and the rest is likely the same mistake. */
const MAX_SHOWN = 3

/** The failures, each with its lines of the policy and what the decision found; empty where there are none. */
export function renderFailures(run: TestRun, tested: Tested, { colors, all }: ReportOptions): string {
  const failed = run.results.filter(({ passed }) => !passed)
  const broken = run.invariants.flatMap(({ invariant, breaches }) =>
    breaches.map((breach) => ({ invariant, breach })),
  )
  const blocks = [
    ...failed.map((result) => () => renderCase(result, tested, colors)),
    ...broken.map((each) => () => renderBreach(each.invariant, each.breach, tested, colors)),
  ]
  const shown = all ? blocks : blocks.slice(0, MAX_SHOWN)
  const more = blocks.length - shown.length
  const rest = more > 0 ? [`... and ${more} more; --all shows them\n`] : []
  return [...shown.map((render) => `${render()}\n`), ...rest].map((block) => `${block}\n`).join('')
}

/** @param seconds - that the run took */
export function renderSummary(run: TestRun, seconds: number, colors: Colors): string {
  const failed = run.results.filter(({ passed }) => !passed).length
  const holding = run.invariants.filter(({ breaches }) => breaches.length === 0).length
  const cases = [
    `${run.results.length - failed} passed`,
    failed > 0 ? colors.red(`${failed} failed`) : '0 failed',
    ...(run.unchecked > 0 ? [`${run.unchecked} not checked`] : []),
  ].join(', ')
  const total = run.invariants.length
  const invariants =
    total === 0 ? [] : [`${holding} of ${total} ${total === 1 ? 'invariant holds' : 'invariants hold'}`]
  return `${[cases, ...invariants, `(${seconds.toFixed(1)} s)`].join('   ')}\n`
}

/** Never rounded up: 100% means all of them. */
export function renderCoverage(coverage: Coverage): string {
  const { pairs, covered } = coverage
  const share = Math.floor(percentage(coverage))
  return `coverage: ${covered} of ${pairs} route/method pairs have an allowed case and a denied one (${share}%)\n`
}

/** One line for each pair that lacks a case. */
export const renderUncovered = ({ uncovered }: Coverage, { sources }: Tested): string =>
  uncovered.map((each) => `${renderGap(each, sources)}\n`).join('')

function renderGap({ route, method, missing }: Uncovered, sources: Sources): string {
  const place = sources.routes.get(route.id)?.methods.get(method)?.place
  return `  ${method} ${route.id}: no ${missing.join(' and no ')} case${placeText(place)}`
}

/** One failure in full, without an end of line. */
export function renderCase(result: CaseResult, tested: Tested, colors: Colors): string {
  const { case: each, decision } = result
  const steps = traceOf(decision, tested.policy)
    .filter(isWorthTelling)
    .map((step) => renderStep(narrate(step, tested.sources), colors))
  return [
    `${colors.red('FAIL')}  ${positionOf(each.place)}${titleOf(each)}`,
    `  ${printable(each.request.text)}${callerText(result)}`,
    `  ${gotText(result)}`,
    '',
    frameAt(each.place, tested),
    '',
    ...steps,
  ].join('\n')
}

/** What was expected and what came out. */
export function gotText({ check: { expected }, decision }: CaseResult): string {
  const got = decision.allowed ? allowedText(decision) : denialText(decision, expected)
  return `expected ${expectedText(expected)}, got ${got}`
}

/** The test's name and which part of it, after two blanks; empty where it has none. */
export function titleOf({ name, detail }: Pick<CaseResult['case'], 'name' | 'detail'>): string {
  const parts = [name === undefined ? [] : name, detail === undefined ? [] : `(${detail})`].flat()
  return parts.length > 0 ? `  ${printable(parts.join(' '))}` : ''
}

/** Who sent it, where the test says so; a table's client is told by the trace. */
function callerText({ check: { sender }, decision: { known } }: CaseResult): string {
  const address = known.facts?.address
  const from = address === undefined ? '' : `  from ${formatAddress(address)}`
  if (sender.kind !== 'written') return sender.kind === 'listed' ? from : ''
  const { client, token } = sender.caller
  return `${client === undefined ? '' : `  as ${client}`}${token === undefined ? '' : `  with a token of ${token}`}${from}`
}

const expectedText = (expected: Expected): string =>
  expected === 'allowed' ? expected : `${expected.reported ? 'would_deny ' : ''}${expected.reason}`

/** With what would have been denied by rules that are only tried out. */
function allowedText({ known }: RouteDecision): string {
  const reported = reportedIn(known).map(
    ({ denial, until }) => `would_deny ${denial.reason}, ${untilWords(until)}`,
  )
  return reported.length === 0 ? 'allowed' : `allowed (${reported.join('; ')})`
}

/** The step is named where it is the only difference. */
function denialText(
  { denial, step }: Extract<RouteDecision, { allowed: false }>,
  expected: Expected,
): string {
  const isSameReason = expected !== 'allowed' && !expected.reported && expected.reason === denial.reason
  return isSameReason ? `${denial.reason} at step ${step}` : denial.reason
}

const verdictColors = { pass: 'green', fail: 'red', warn: 'magenta', skip: 'dim', may: 'yellow' } as const

/** As long as the longest verdict's word, and the longest step's name. */
const VERDICT_WIDTH = 'pass'.length
const STEP_WIDTH = 'credentials'.length

function renderStep({ verdict, step, words, place }: ToldStep, colors: Colors): string {
  const told = printable(words)
  return `    ${colors[verdictColors[verdict]](verdict.padEnd(VERDICT_WIDTH))}  ${step.padEnd(STEP_WIDTH)} ${told}${placeText(place)}`
}

/** One breach in full, without an end of line. */
export function renderBreach(
  { name, place }: Pick<InvariantResult['invariant'], 'name' | 'place'>,
  breach: Breach,
  tested: Tested,
  colors: Colors,
): string {
  const at = breachPlace(breach, tested.sources)
  return [
    `${colors.red('BROKEN')}  ${positionOf(place)}  ${printable(name)}`,
    `  ${printable(breachText(breach))}${placeText(at)}`,
    ...(at === undefined ? [] : ['', frameAt(at, tested)]),
  ].join('\n')
}

/** What breaks it, in a sentence. */
export function breachText(breach: Breach): string {
  switch (breach.kind) {
    case 'callers':
      return `${breach.method} ${breach.route.id} lets in ${breach.outside.join(', ')}, at ${breach.path}`
    case 'auth':
      return `${breach.route.id} has auth: ${breach.route.auth}, at ${breach.path}`
    case 'no_route':
      return `${breach.request.text} reaches no route, so nothing is promised`
  }
}

function breachPlace(breach: Breach, sources: Sources): Place | undefined {
  if (breach.kind === 'no_route') return breach.request.place
  const source = sources.routes.get(breach.route.id)
  return breach.kind === 'auth' ? source?.auth : source?.methods.get(breach.method)?.callers
}

function frameAt(place: Place, { files }: Tested): string {
  const source = files.find(({ path }) => path === place.file)
  return source === undefined ? '' : codeFrame(source, place)
}

const placeText = (place: Place | undefined): string =>
  place === undefined ? '' : `   ${place.file}:${place.line}`
