/** One soak: gateway and upstream are started, the traffic runs at its pace, then everything is counted. */
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bundle } from '../../src/cli/runtime/bundle.ts'
import { startWorkerd } from '../../src/cli/runtime/workerd.ts'
import type { Running } from '../../src/cli/runtime/workerd-process.ts'
import { policyText } from '../../src/policy/written.ts'
import { type Admission, RefusalLedger } from './audit.ts'
import { DecisionLines } from './lines.ts'
import { type Callers, newCallers } from './policy.ts'
import { type Kind, traffic } from './traffic.ts'
import { type SoakUpstream, soakUpstream } from './upstream.ts'
import { type Usage, watch } from './watch.ts'
import { type Answer, send, type Wire } from './wire.ts'

export type SoakOptions = {
  readonly bundle: Bundle
  readonly seconds: number
  /** Requests a second, all kinds together. */
  readonly pace: number
  /** Only kinds with such a name, to find out which of them it is. */
  readonly only?: RegExp
}

/** Of one kind: how often each answer came, and answers that were not right. */
export type Tally = {
  readonly name: string
  readonly answers: Map<string, number>
  readonly wrong: string[]
  /** As its kind says. */
  readonly mayLose?: true
}

export type Outcome = {
  readonly seconds: number
  readonly tallies: readonly Tally[]
  readonly usages: readonly Usage[]
  /** Processor time of the traffic's own side, in milliseconds. */
  readonly ownCpu: number
  readonly refusals: RefusalLedger['balance']
  readonly lines: Pick<DecisionLines, 'degraded' | 'odd'>
  readonly breaches: readonly string[]
  /** By limited cell. */
  readonly admissions: ReadonlyMap<string, readonly Admission[]>
  /** Open files before the traffic, and after it once nobody is connected. */
  readonly files: { readonly before: number; readonly after: number }
  /** The answer to a good request at the end. */
  readonly last: Answer
}

/** Enough for slow readers and for those who say nothing, at any pace. */
const CONNECTIONS = 40
const LOOK_EVERY_MS = 1000
/** For connections to be closed and the last lines to be written. */
const SETTLE_MS = 3000

/** @throws when the gateway does not start, or ends before it is told to */
export async function soak(options: SoakOptions): Promise<Outcome> {
  const callers = await newCallers()
  const upstream = await soakUpstream(callers.jwks)
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-soak-'))
  try {
    const policy = policyText(await callers.policy(upstream.origin))
    const gateway = await startWorkerd({
      bundle: options.bundle,
      policy,
      host: '127.0.0.1',
      port: 0,
      persist: folder,
      variables: {},
      output: 'pipe',
    })
    if (!gateway.ok) throw new Error(gateway.error)
    try {
      return await run(gateway.value, upstream, callers, options)
    } finally {
      await gateway.value.stop()
    }
  } finally {
    await upstream.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function run(
  gateway: Running,
  upstream: SoakUpstream,
  callers: Callers,
  { seconds, pace, only }: SoakOptions,
): Promise<Outcome> {
  const ledger = new RefusalLedger()
  const lines = new DecisionLines(gateway.process, ledger)
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const wire: Wire = { port: gateway.port, agent }
  const pid = gateway.process.pid ?? 0
  let ended = false
  void gateway.ended.then(() => {
    ended = true
  })
  await send(wire, { path: '/open/x', headers: {} })
  const watched = watch(pid, LOOK_EVERY_MS)
  const cpuBefore = process.cpuUsage()
  const kinds = traffic(callers).filter(({ name }) => only === undefined || only.test(name))
  const tallies = kinds.map(
    ({ name, mayLose }): Tally => ({ name, answers: new Map(), wrong: [], ...(mayLose && { mayLose }) }),
  )
  const failed: Admission[] = []
  await pacing(wire, kinds, { seconds, pace }, (at, answer, sent) => {
    count(kinds[at], tallies[at], answer)
    const { requestId, status } = answer
    if (answer.from === 'gateway' && requestId !== undefined) ledger.answered(requestId)
    if (kinds[at]?.cell !== undefined && status === 401) failed.push({ sent, arrived: Date.now() })
    if (ended) throw new Error('the gateway ended by itself')
  })
  const own = process.cpuUsage(cpuBefore)
  const last = await send(wire, { path: '/open/x', headers: {} })
  agent.destroy()
  await sleep(SETTLE_MS)
  watched.stop()
  await gateway.stop()
  const usages = watched.usages
  return {
    seconds,
    tallies,
    usages,
    ownCpu: (own.user + own.system) / 1000,
    refusals: ledger.balance,
    lines,
    breaches: upstream.breaches,
    admissions: new Map([...upstream.admissions, ['failed:1', failed]]),
    files: { before: usages[0]?.files ?? 0, after: usages.at(-1)?.files ?? 0 },
    last,
  }
}

function count(kind: Kind | undefined, tally: Tally | undefined, answer: Answer): void {
  if (kind === undefined || tally === undefined) return
  const word = `${answer.from} ${answer.status}`
  tally.answers.set(word, (tally.answers.get(word) ?? 0) + 1)
  const short = kind.bytes !== undefined && answer.from === 'upstream' && answer.bytes !== kind.bytes
  if (!kind.right.includes(word)) tally.wrong.push(`${word} ${answer.requestId ?? ''}`)
  else if (short) tally.wrong.push(`${answer.bytes} bytes of ${kind.bytes}`)
}

type Pace = Pick<SoakOptions, 'seconds' | 'pace'>
type Told = (kind: number, answer: Answer, sent: number) => void

/** Callers side by side, each waiting for its answer and then for its next turn: an overload slows them down. */
async function pacing(
  wire: Wire,
  kinds: readonly Kind[],
  { seconds, pace }: Pace,
  told: Told,
): Promise<void> {
  const until = Date.now() + seconds * 1000
  let begun = 0
  const turnMs = (CONNECTIONS * 1000) / pace
  const caller = async (nth: number) => {
    let turn = Date.now() + (nth / CONNECTIONS) * turnMs
    while (turn < until) {
      await sleep(Math.max(0, turn - Date.now()))
      // Each kind once, so that a short soak has them all; then as they come.
      const at = begun < kinds.length ? begun++ : chosen(kinds)
      const sent = Date.now()
      const answer = await kinds[at]?.run(wire)
      if (answer !== undefined) told(at, answer, sent)
      // Whoever was slow does not make up for it with a flood.
      turn = Math.max(turn + turnMs * (0.5 + Math.random()), Date.now())
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, nth) => caller(nth)))
}

/** Index of a kind, each as likely as its share. */
function chosen(kinds: readonly Kind[]): number {
  let left = Math.random() * kinds.reduce((sum, { share }) => sum + share, 0)
  return Math.max(
    0,
    kinds.findIndex(({ share }) => {
      left -= share
      return left < 0
    }),
  )
}
