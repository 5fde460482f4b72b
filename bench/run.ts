/**
 * `npm run bench`: the gateway beside a worker that only forwards and beside the stack of Hono's own middleware, on
 * the same runtime, in one run.
 *
 * All sides of a case are loaded in turn, round after round, so that a machine that grows slower slows all of them. A
 * wrong answer of any side ends the run. See docs/performance.md.
 */
import { parseArgs } from 'node:util'
import { benchCases, type Case, type Side } from './cases.ts'
import { countCase } from './count.ts'
import { type Fleet, startFleet } from './fleet.ts'
import { makeIssuer } from './issuer.ts'
import { type Effort, type Measured, measure, tool } from './measure.ts'
import { printCase } from './print.ts'
import { costFigures, type Figures, figuresOf, keep } from './results.ts'

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    'warm-up': { type: 'string', default: '1' },
    connections: { type: 'string', default: '64' },
    /** Names of cases; all without it. */
    only: { type: 'string' },
    /** Sides besides bare and gateway: `peer`, `refuse`. */
    beside: { type: 'string', default: 'peer,refuse' },
    /** Seconds of the counted pass; 0 leaves it out. */
    count: { type: 'string', default: '3' },
    /** Prints and writes nothing. */
    'dry-run': { type: 'boolean', default: false },
  },
})

const effort: Effort = {
  seconds: Number(flags.seconds),
  warmUpSeconds: Number(flags['warm-up']),
  connections: Number(flags.connections),
}

async function main(fleet: Fleet, cases: readonly Case[]): Promise<void> {
  console.log(`${tool}, ${effort.connections} connections, ${flags.rounds} rounds of ${effort.seconds} s`)
  for (const each of cases) {
    const figures = await figuresOfCase(fleet, each)
    printCase(each.name, figures)
    if (!flags['dry-run']) await keep({ [each.name]: figures })
  }
}

async function figuresOfCase(fleet: Fleet, each: Case): Promise<Figures> {
  const timed = figuresOf(await roundsOf(fleet, each))
  const seconds = Number(flags.count)
  if (seconds === 0) return timed
  const { gateway, peer } = await countCase(fleet, each, { ...effort, seconds })
  return {
    ...timed,
    ...(gateway && costFigures('', gateway, timed['gateway_cpu_us'] ?? Number.NaN)),
    ...(peer && costFigures('peer_', peer, timed['peer_cpu_us'] ?? Number.NaN)),
  }
}

async function roundsOf(fleet: Fleet, { name, policy, shots, sides }: Case) {
  const measured: Partial<Record<Side, Measured[]>> = {}
  const asked = ['bare', 'gateway', ...flags.beside.split(',')]
  const order = Object.entries(sides).filter(([side]) => asked.includes(side))
  for (let round = 0; round < Number(flags.rounds); round++) {
    // Another side starts each round, so that none always follows the same one.
    const turn = round % order.length
    for (const [side, check] of [...order.slice(turn), ...order.slice(0, turn)] as [
      Side,
      Case['sides']['bare'],
    ][]) {
      const server = await fleet.server(side, policy)
      const figure = await measure(server, shots, check, effort).catch((error: Error) => {
        throw new Error(`${name}, ${side}: ${error.message}`)
      })
      measured[side] = [...(measured[side] ?? []), figure]
    }
  }
  return measured
}

const issuer = await makeIssuer()
const fleet = await startFleet(issuer)
try {
  const cases = await benchCases(issuer, fleet.policies)
  await main(
    fleet,
    flags.only === undefined ? cases : cases.filter(({ name }) => flags.only?.split(',').includes(name)),
  )
} finally {
  await fleet.stop()
}
