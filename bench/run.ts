/**
 * `npm run bench`: the gateway beside a worker that only forwards, on the same runtime, in one run.
 *
 * Every side is loaded in turn, round after round, so that a machine that grows slower slows all of them. A wrong
 * answer of any side ends the run. See docs/performance.md.
 */
import { parseArgs } from 'node:util'
import { type Case, cases, type Side } from './cases.ts'
import { type Effort, type Measured, measure, tool } from './measure.ts'
import { benchPolicy } from './policy.ts'
import { figuresOf, keep } from './results.ts'
import {
  bundleBenchWorker,
  bundleGateway,
  type Server,
  serveGateway,
  serveUpstream,
  serveWorker,
  tidy,
} from './servers.ts'

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    'warm-up': { type: 'string', default: '1' },
    connections: { type: 'string', default: '64' },
    only: { type: 'string', default: '' },
    sides: { type: 'string', default: '' },
    'dry-run': { type: 'boolean', default: false },
  },
})

const effort: Effort = {
  seconds: Number(flags.seconds),
  warmUpSeconds: Number(flags['warm-up']),
  connections: Number(flags.connections),
}

const servers: Server[] = []
const started = async (server: Promise<Server>): Promise<Server> => {
  servers.push(await server)
  return await server
}

async function serveAll(): Promise<Readonly<Partial<Record<Side, Server>>>> {
  const upstream = await started(serveUpstream())
  const origin = `http://127.0.0.1:${upstream.port}`
  const plain = async (source: string): Promise<Server> => {
    const modules = { 'worker.js': await bundleBenchWorker(source) }
    return await started(serveWorker({ modules, objects: [], variables: { ORIGIN: origin } }))
  }
  return {
    bare: await plain('workers/bare.ts'),
    gateway: await started(serveGateway(await bundleGateway(), await benchPolicy(origin))),
  }
}

async function main(): Promise<void> {
  const sides = await serveAll()
  const asked = cases.filter(({ name }) => flags.only === '' || flags.only.split(',').includes(name))
  console.log(`${tool}, ${effort.connections} connections, ${flags.rounds} rounds of ${effort.seconds} s`)
  for (const each of asked) {
    const figures = figuresOf(await roundsOf(each, sides))
    console.log(each.name, figures)
    if (!flags['dry-run']) await keep({ [each.name]: figures })
  }
}

async function roundsOf(
  { name, shots, sides }: Case,
  servers: Readonly<Partial<Record<Side, Server>>>,
): Promise<Partial<Record<Side, Measured[]>>> {
  const measured: Partial<Record<Side, Measured[]>> = {}
  const order = (Object.keys(sides) as Side[]).filter((side) => servers[side] !== undefined)
  for (let round = 0; round < Number(flags.rounds); round++) {
    // Another side starts each round, so that none always follows the same one.
    const turn = round % order.length
    for (const side of [...order.slice(turn), ...order.slice(0, turn)]) {
      const [server, check] = [servers[side], sides[side]]
      if (server === undefined || check === undefined) continue
      const figure = await measure(server, shots, check, effort).catch((error: Error) => {
        throw new Error(`${name}, ${side}: ${error.message}`)
      })
      measured[side] = [...(measured[side] ?? []), figure]
    }
  }
  return measured
}

try {
  await main()
} finally {
  await Promise.all(servers.map(({ stop }) => stop()))
  await tidy()
}
