/**
 * `npm run bench:decide`: the decision alone, under Node, without network and storage, beside casbin, Cedar and the
 * loop that one writes first. See docs/performance.md.
 */
import { parseArgs } from 'node:util'
import { casbinContender, tunedCasbinContender } from './decide/casbin.ts'
import { cedarContender } from './decide/cedar.ts'
import type { Contender } from './decide/contender.ts'
import { gatewayContender } from './decide/gateway.ts'
import { linearContender } from './decide/linear.ts'
import { mustAgree, timeDecisions } from './decide/timing.ts'
import { ASKS, makeWorld, type World } from './decide/world.ts'
import { type Figures, keep, known, RESULTS } from './results.ts'
import { median, rounded, spread } from './stats.ts'

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    /** Of each contender in each round. */
    ms: { type: 'string', default: '200' },
    /** Different requests of a world; a power of two. */
    asks: { type: 'string', default: `${ASKS}` },
    /** Leaves out worlds with more clients. */
    'most-clients': { type: 'string', default: '100000' },
    out: { type: 'string', default: RESULTS },
    /** Prints and writes nothing. */
    'dry-run': { type: 'boolean', default: false },
  },
})

const ROUTES = [10, 1_000, 10_000]
const CLIENTS = [10, 1_000, 10_000, 100_000]
/** Networks of a client, and those of the one whose list is looked at for itself. */
const LIST = 10
const LISTS = [10, 100_000]

const asks = Number(flags.asks)
if (!Number.isInteger(Math.log2(asks))) throw new TypeError('--asks is a power of two')

/** A row of the table: one world, and who decides it, each with a figure a round. */
type Row = { readonly name: string; readonly contenders: readonly Contender[]; readonly micros: number[][] }

async function row(name: string, world: World, beside: boolean): Promise<Row> {
  const contenders = [await gatewayContender(world), ...(beside ? await others(world) : [])]
  // Also the warm-up: after it the gateway remembers the credentials, as it does of callers who come again.
  for (const contender of contenders) await mustAgree(contender, world)
  return { name, contenders, micros: contenders.map(() => []) }
}

const others = async (world: World): Promise<Contender[]> => [
  await casbinContender(world),
  await tunedCasbinContender(world),
  cedarContender(world),
  linearContender(world),
]

/** The others take part where routes and clients are as many: they do not change with the one without the other. */
async function makeRows(mostClients: number): Promise<Row[]> {
  const rows: Row[] = []
  for (const clients of CLIENTS.filter((count) => count <= mostClients)) {
    for (const routes of ROUTES)
      rows.push(
        await row(
          `routes_${routes}_clients_${clients}`,
          makeWorld(routes, clients, LIST, asks),
          routes === clients,
        ),
      )
  }
  for (const entries of LISTS) rows.push(await row(`list_${entries}`, makeWorld(10, 1, entries, asks), false))
  return rows
}

/** Everything in turn, so that what slows the machine slows all. */
async function timeRows(rows: readonly Row[], rounds: number, ms: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const { contenders, micros } of rows) {
      for (const [n, contender] of contenders.entries())
        micros[n]?.push(await timeDecisions(contender, asks, ms))
    }
  }
}

function figuresOf({ contenders, micros }: Row): Figures {
  const us = new Map(contenders.map(({ name }, n) => [name, median(micros[n] ?? [])]))
  const gateway = us.get('gateway') ?? Number.NaN
  const figures: Record<string, number> = {}
  for (const [name, value] of us) figures[`${name}_us`] = rounded(value, 2)
  figures['gateway_spread'] = rounded(spread(micros[0] ?? []), 3)
  const times = (...names: string[]): number =>
    rounded(Math.min(...names.map((name) => us.get(name) ?? Number.NaN)) / gateway, 1)
  return known({
    ...figures,
    times_faster_engine: times('casbin', 'cedar'),
    times_faster_tuned: times('casbin_tuned'),
    times_linear: times('linear'),
  })
}

const rows = await makeRows(Number(flags['most-clients']))
await timeRows(rows, Number(flags.rounds), Number(flags.ms))
const figures = Object.fromEntries(rows.map((each) => [each.name, figuresOf(each)]))
const us = (name: string): number => figures[name]?.['gateway_us'] ?? Number.NaN
const growth = known({
  growth_with_size: rounded(us('routes_10000_clients_100000') / us('routes_10_clients_10'), 2),
  growth_with_list: rounded(us('list_100000') / us('list_10'), 2),
})
console.table(figures)
console.log(growth)
if (!flags['dry-run']) await keep({ decide: { ...figures, ...growth } }, flags.out)
