/**
 * `npm run bench:start`: from starting workerd to its first answer, with ever larger policies, beside a worker that
 * only forwards. The answer is one that the upstream has given, limiter and all. See docs/performance.md.
 */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { policyText } from '../src/policy/written.ts'
import { fineCpuMs } from './cpu.ts'
import { type Figures, keep, known, RESULTS } from './results.ts'
import { scratch, serveUpstream, tidy } from './servers.ts'
import { makeStarters, type Starter } from './starters.ts'
import { median, ratios, rounded, spread } from './stats.ts'

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    /** Leaves out policies with more clients. */
    'most-clients': { type: 'string', default: '100000' },
    out: { type: 'string', default: RESULTS },
    /** Prints and writes nothing. */
    'dry-run': { type: 'boolean', default: false },
  },
})

/** A round of one starter. The load is measured apart, under Node; NaN where there is no policy to load. */
type Round = {
  readonly ms: number
  /** Of it, until the port was open. */
  readonly listeningMs: number
  readonly cpuMs: number
  readonly loadMs: number
}

/** From the start of the process, its files already on disk, to the end of its first answer. */
async function startOnce({ start, shot, name }: Starter): Promise<Omit<Round, 'loadMs'>> {
  const server = await start()
  const listeningMs = performance.now() - server.startedAt
  const response = await fetch(`http://127.0.0.1:${server.port}${shot.path}`, { headers: shot.headers })
  const text = await response.text()
  const ms = performance.now() - server.startedAt
  const cpuMs = fineCpuMs(server.pid)
  await server.stop()
  if (response.status !== 200) throw new Error(`${name}: ${response.status} ${text}`)
  return { ms, listeningMs, cpuMs }
}

const execute = promisify(execFile)

/** CPU time from the policy's text to the decision function, in a fresh process. */
async function loadOnce({ name, policy }: Starter): Promise<number> {
  if (policy === undefined) return Number.NaN
  const file = join(scratch, `${name}.compiled`)
  await writeFile(file, policyText(policy))
  const { stdout } = await execute(process.execPath, [join(import.meta.dirname, 'policy-load.ts'), file])
  return Number(stdout)
}

/** One starter after the other, again and again, so that what slows the machine slows all. */
async function roundsOf(starters: readonly Starter[], count: number): Promise<ReadonlyMap<string, Round[]>> {
  const rounds = new Map(starters.map(({ name }): [string, Round[]] => [name, []]))
  for (let round = 0; round < count; round++) {
    for (const starter of starters)
      rounds.get(starter.name)?.push({ ...(await startOnce(starter)), loadMs: await loadOnce(starter) })
  }
  return rounds
}

function figuresOf(name: string, rounds: readonly Round[], bare: readonly Round[]): Figures {
  const ms = rounds.map((round) => round.ms)
  const bareMs = bare.map((round) => round.ms)
  return known({
    ms: rounded(median(ms), 0),
    listening_ms: rounded(median(rounds.map(({ listeningMs }) => listeningMs)), 0),
    spread: rounded(spread(ms), 2),
    cpu_ms: rounded(median(rounds.map(({ cpuMs }) => cpuMs)), 1),
    // Negative where it is within the bound: one and a half times the bare worker of the same round, and 50 ms.
    ...(name !== 'bare' && {
      times_bare: rounded(median(ratios(ms, bareMs)), 2),
      over_bound_ms: rounded(median(ms.map((each, at) => each - 1.5 * (bareMs[at] ?? 0) - 50)), 0),
    }),
    policy_load_cpu_ms: rounded(median(rounds.map(({ loadMs }) => loadMs)), 1),
  })
}

const upstream = await serveUpstream()
try {
  const origin = `http://127.0.0.1:${upstream.port}`
  // The first fetch of a process makes Node load its client.
  await (await fetch(origin)).text()
  const starters = await makeStarters(origin, Number(flags['most-clients']))
  const rounds = await roundsOf(starters, Number(flags.rounds))
  const bare = rounds.get('bare') ?? []
  const figures = Object.fromEntries([...rounds].map(([name, each]) => [name, figuresOf(name, each, bare)]))
  console.table(figures)
  if (!flags['dry-run']) await keep({ start: figures }, flags.out)
} finally {
  await upstream.stop()
  await tidy()
}
