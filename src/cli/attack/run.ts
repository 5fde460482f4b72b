/** Carries the attacks out: over raw sockets, a few at a time, and in bounded time. */
import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { type Answer, answersIn, headerOf } from '../../attack/answer.ts'
import type { Attack, Step } from '../../attack/attack.ts'
import { type Carried, type Exchange, type Finding, HIDDEN } from '../../attack/carried.ts'
import { MARK } from '../../attack/corpus/framing.ts'
import { type Judged, judgeOf } from '../../attack/judge.ts'
import { type Aim, basicLine, cameFrom, type Scene } from '../../attack/scene.ts'
import { markOf, reportIn, type Seen } from '../../attack/seen.ts'
import { REPORT, type Wire, wireText } from '../../attack/wire.ts'
import { exchangeRaw, type Patience, type Peer } from './raw-socket.ts'

export type Target = {
  readonly peer: Peer
  /** Of the Host line where an upstream is bound to none. */
  readonly host: string
}

export type Outcome = {
  readonly findings: readonly Finding[]
  /** Attacks carried out, by row. */
  readonly tried: ReadonlyMap<string, number>
  readonly requests: number
  /** Attacks that a limit answered before anything could be shown. */
  readonly undecided: number
  /** Attacks that nobody answered. */
  readonly unanswered: number
  /** Attacks that were left out since the time was up. */
  readonly left: number
  /** Whether the echo told what it saw. Without that, what was hidden in another request is not seen. */
  readonly isReported: boolean
}

/** Enough to be quick, and few enough that a small machine is not what is measured. */
const AT_ONCE = 8
const PATIENCE: Patience = { totalMs: 10_000, idleMs: 8_000 }
/** A request whose end is in doubt may be waited for on both sides; whoever answers does so at once. */
const SHORT_PATIENCE: Patience = { totalMs: 3_000, idleMs: 1_000 }

/** When to stop: attacks that have not begun by then are left out. */
export type Until = { readonly timeoutMs: number; readonly signal?: AbortSignal }

/** @returns what was found. Whether the echo can be seen at all is for `visibility` to find out first */
export async function carryOut(
  attacks: readonly Attack[],
  scene: Scene,
  target: Target,
  { timeoutMs, signal }: Until,
): Promise<Outcome> {
  const until = performance.now() + timeoutMs
  const run = randomBytes(6).toString('hex')
  const numbered = attacks.map((attack, at) => ({ attack, mark: `${run}.${at}` }))
  const carried: Carried[] = []
  const one = async ({ attack, mark }: (typeof numbered)[number]) => {
    if (performance.now() >= until || signal?.aborted) return
    carried.push(await carriedOut(attack, mark, target))
  }
  const alone = Object.groupBy(numbered, ({ attack }) => (attack.alone ? 'yes' : 'no'))
  await each(alone.no ?? [], AT_ONCE, one)
  await each(alone.yes ?? [], 1, one)
  const report = await reported(run, scene, target)
  const judged = await judgedBy(scene, carried, report ?? [])
  return {
    findings: judged.flatMap(({ findings }) => findings),
    tried: counts(carried.map(({ attack: { row } }) => row)),
    requests: carried.reduce((sum, { exchanges }) => sum + exchanges.length, 0),
    undecided: judged.filter(({ undecided }) => undecided).length,
    unanswered: carried.filter(({ exchanges }) => exchanges.every(({ answers }) => answers.length === 0))
      .length,
    left: attacks.length - carried.length,
    isReported: report !== undefined,
  }
}

function judgedBy(
  scene: Scene,
  carried: readonly Carried[],
  report: readonly Seen[],
): Promise<readonly Judged[]> {
  const judge = judgeOf(scene)
  const byMark = Map.groupBy(report, (seen) => markOf(seen).replace(HIDDEN, ''))
  const arrivalsOf = ({ exchanges }: Carried) => exchanges.flatMap(({ mark }) => byMark.get(mark) ?? [])
  return Promise.all(carried.map((each) => judge({ ...each, arrivals: arrivalsOf(each) })))
}

/** How often each of them is there. */
const counts = (words: readonly string[]): ReadonlyMap<string, number> => {
  const counted = new Map<string, number>()
  for (const word of words) counted.set(word, (counted.get(word) ?? 0) + 1)
  return counted
}

/** Works through the list, so many at a time. */
async function each<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values()
  const worker = async () => {
    for (const item of rest) await work(item)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

/** The steps in their order, or all at once. */
async function carriedOut(attack: Attack, mark: string, target: Target): Promise<Carried> {
  const started = performance.now()
  // Whoever is refused as often as the limit says must not wait, or it would never be seen to refuse.
  const isPatient = (step: Step) => !attack.together && step.truth.client !== undefined
  const send = (step: Step, at: number) =>
    (isPatient(step) ? patiently : exchanged)(step, `${mark}.${at}`, attack.aim, target)
  const exchanges: Exchange[] = []
  if (attack.together) exchanges.push(...(await Promise.all(attack.steps.map(send))))
  else for (const [at, step] of attack.steps.entries()) exchanges.push(await send(step, at))
  return { attack, exchanges, arrivals: [], elapsedMs: performance.now() - started }
}

/** Longer waits would make the whole run long; what is left undecided is counted. */
const MAX_WAIT_S = 2
const MAX_TRIES = 4

/** Once more after the time that a 429 asks for: the attack is on what lies behind the limit. */
async function patiently(step: Step, mark: string, aim: Aim, target: Target): Promise<Exchange> {
  let exchange = await exchanged(step, mark, aim, target)
  for (let tries = 1; tries < MAX_TRIES; tries++) {
    const [answer] = exchange.answers
    const seconds = answer?.status === 429 ? Number(headerOf(answer, 'retry-after')) : Number.NaN
    if (!(seconds <= MAX_WAIT_S)) return exchange
    await setTimeout(seconds * 1000)
    exchange = await exchanged(step, mark, aim, target)
  }
  return exchange
}

async function exchanged(step: Step, mark: string, aim: Aim, target: Target): Promise<Exchange> {
  return { step, mark, answers: await sent(step.wire, mark, aim, target) }
}

/** One connection for each request, as the attack wrote it. */
async function sent(
  wire: Wire,
  mark: string,
  aim: Pick<Aim, 'host'>,
  target: Target,
): Promise<readonly Answer[]> {
  const text = wireText(wire, aim.host ?? target.host, mark).replaceAll(MARK, mark)
  const patience = wire.raw === undefined ? PATIENCE : SHORT_PATIENCE
  return answersIn(await exchangeRaw(target.peer, text, patience), wire.method)
}

/** What the echo saw of the whole run; undefined where it could not be asked. */
async function reported(run: string, scene: Scene, target: Target): Promise<readonly Seen[] | undefined> {
  for (const aim of scene.aims) {
    const wire = plain(scene, aim, [`${REPORT}: ${run}`])
    if (wire === undefined) continue
    const step = { wire, truth: { address: undefined } }
    const [answer] = (await patiently(step, run, aim, target)).answers
    const report = answer === undefined ? undefined : reportIn(answer.body)
    if (report !== undefined) return report
  }
  return undefined
}

/** A request that the policy allows: by the holder, or by anybody where a path is open. */
function plain(scene: Scene, aim: Aim, lines: readonly string[]): Wire | undefined {
  const { holder, open, method } = aim
  const home = cameFrom(scene, holder?.address)
  if (holder !== undefined) {
    return { method, target: aim.path, headers: [basicLine(holder), ...home.headers, ...lines] }
  }
  return open === undefined ? undefined : { method, target: open, headers: [...home.headers, ...lines] }
}

/**
 * Whether the echo can be seen through the gateway: by upstream, what stands in the way. An attack on what cannot be
 * seen finds nothing, and that would be taken for good news.
 */
export async function visibility(
  scene: Scene,
  target: Target,
): Promise<ReadonlyMap<string, string | undefined>> {
  const seen = new Map<string, string | undefined>()
  for (const aim of scene.aims) {
    const wire = plain(scene, aim, [`${REPORT}: none`])
    const [answer] = wire === undefined ? [] : await sent(wire, 'visibility', aim, target)
    const isSeen = answer !== undefined && reportIn(answer.body) !== undefined
    seen.set(aim.upstream.name, isSeen ? undefined : whyNot(wire, answer))
  }
  return seen
}

/** What is most often behind a status here. */
const HINTS: Readonly<Record<number, string>> = {
  401: ' (another secret?)',
  403: ' (is this machine behind a proxy that tells its address? --seen-as)',
  429: ' (its limit is used up; later it is not)',
  404: ' (another policy, or another --host?)',
  502: ' (is the echo upstream running?)',
  503: ' (has the upstream an origin?)',
}

/** In words, what stands between the attack and the echo. */
function whyNot(wire: Wire | undefined, answer: Answer | undefined): string {
  if (wire === undefined) return 'no client of it was given, and no path of it is open'
  if (answer === undefined) return 'nobody answered'
  const line = `${wire.method} ${wire.target}`
  return answer.status < 300
    ? `${line} is answered by something that is no echo`
    : `${line}, which the policy allows, is answered with ${answer.status}${HINTS[answer.status] ?? ''}`
}
