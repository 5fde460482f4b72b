/**
 * `npm run bench`: the gateway beside a worker that only forwards and beside the stack of Hono's own middleware, on
 * the same runtime, in one run.
 *
 * All sides of a case are loaded in turn, round after round, so that a machine that grows slower slows all of them. A
 * wrong answer of any side ends the run. See docs/performance.md.
 */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { benchCases, type Case, type Side } from './cases.ts'
import { countCase } from './count.ts'
import { type Fleet, startFleet } from './fleet.ts'
import { makeIssuer } from './issuer.ts'
import { type Effort, measure, tool } from './measure.ts'
import { printCase } from './print.ts'
import { costFigures, type Figures, figuresOf, keep, RESULTS } from './results.ts'
import { roundsOf } from './rounds.ts'
import { rounded } from './stats.ts'

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    'warm-up': { type: 'string', default: '1' },
    connections: { type: 'string', default: '64' },
    /** Names of cases; all without it. */
    only: { type: 'string' },
    /** Sides that are timed. */
    sides: { type: 'string', default: 'bare,floor,gateway,peer,refuse' },
    /** Seconds of the counted pass; 0 leaves it out. */
    count: { type: 'string', default: '10' },
    out: { type: 'string', default: RESULTS },
    /** Prints and writes nothing. */
    'dry-run': { type: 'boolean', default: false },
  },
})

const effort: Effort = {
  seconds: Number(flags.seconds),
  warmUpSeconds: Number(flags['warm-up']),
  connections: Number(flags.connections),
}
const rounds = Number(flags.rounds)
const SIDES: readonly Side[] = ['bare', 'floor', 'gateway', 'peer', 'refuse']
const sides = SIDES.filter((side) => flags.sides.split(',').includes(side))

async function runCases(fleet: Fleet, cases: readonly Case[]): Promise<void> {
  console.log(`${tool}, ${effort.connections} connections, ${rounds} rounds of ${effort.seconds} s`)
  if (!flags['dry-run']) await keep({ run: await circumstances(fleet) }, flags.out)
  for (const each of cases) {
    const figures = await figuresOfCase(fleet, each)
    printCase(each.name, figures)
    if (!flags['dry-run']) await keep({ [each.name]: figures }, flags.out)
  }
}

/** Where and how the figures were had. What the upstream does alone shows that it is not what limits the others. */
async function circumstances({ upstream }: Fleet) {
  const alone = await measure(upstream, [{ path: '/', headers: {} }], () => undefined, effort)
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`
  const upstream_rps = rounded(alone.rps, 0)
  console.log(`the upstream alone: ${upstream_rps} requests/s`)
  return { tool, machine, node: process.version, rounds, ...effort, upstream_rps }
}

async function figuresOfCase(fleet: Fleet, each: Case): Promise<Figures> {
  const timed = each.pace === undefined ? figuresOf(await roundsOf(fleet, each, sides, rounds, effort)) : {}
  const seconds = Number(flags.count)
  if (seconds === 0) return timed
  const { gateway, peer } = await countCase(fleet, each, { ...effort, seconds })
  return {
    ...timed,
    ...(gateway && costFigures('', gateway, timed['gateway_cpu_us'] ?? Number.NaN)),
    ...(peer && costFigures('peer_', peer, timed['peer_cpu_us'] ?? Number.NaN)),
  }
}

const issuer = await makeIssuer()
const fleet = await startFleet(issuer)
try {
  const cases = await benchCases(issuer, fleet.policies)
  const names = flags.only?.split(',')
  await runCases(fleet, names ? cases.filter(({ name }) => names.includes(name)) : cases)
} finally {
  await fleet.stop()
}
