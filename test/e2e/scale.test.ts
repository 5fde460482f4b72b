import { afterAll, beforeAll, expect, test } from 'vitest'
import { compiled, gatewayYaml } from '../support/example.ts'
import { basic } from '../support/facts.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { type EchoUpstream, echoUpstream } from '../support/upstream.ts'

const ROUTES = 2_000
const CLIENTS = 10_000
const ENTRIES = 10
const PER_FILE = 1_000

let gateway: Gateway
let upstream: EchoUpstream

const routeYaml = (n: number) =>
  `  r${n}: { doc: r${n}, paths: ["/area${n % 40}/{id}/part${n}"], auth: basic, respects_allow_list: true, callers: { GET: [owner] } }`

function clientYaml(n: number): string {
  const entries = Array.from({ length: ENTRIES }, (_, at) => `10.${n >> 8}.${n & 255}.${at * 20}/31`)
  return `  c${n}: { upstream: big, client_id: "id-${n}", features: [owner], allow_list: [${entries.join(', ')}], secrets: upstream }`
}

const times = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n))

/** Several files: one of this size would be refused. */
const clientFiles = (): Record<string, string> =>
  Object.fromEntries(
    times(CLIENTS / PER_FILE, (file) => {
      const clients = times(PER_FILE, (at) => clientYaml(file * PER_FILE + at))
      return [`clients/${file}.yaml`, `policy_format: 1\nclients:\n${clients.join('\n')}\n`]
    }),
  )

beforeAll(async () => {
  upstream = await echoUpstream()
  const policy = await compiled(
    {
      'gateway.yaml': gatewayYaml,
      ...clientFiles(),
      'upstreams/big.yaml': `policy_format: 1\nupstream: { name: big, title: Big, prefix: /big, origin: "\${BIG}", authorization: forward }\nclient_features: { owner: all }\nroutes:\n${times(ROUTES, routeYaml).join('\n')}\n`,
    },
    { big: upstream.origin },
  )
  gateway = await startGateway(policy)
}, 120_000)

afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})

test(`${ROUTES} routes and ${CLIENTS} clients with ${ENTRIES} entries each: the Worker starts on them and answers`, async () => {
  const get = (n: number, address: string) =>
    fetch(`${gateway.url}/big/area${n % 40}/x/part${n % ROUTES}`, {
      headers: { authorization: basic(`id-${n}`, 'x'), 'cf-connecting-ip': address },
    })
  for (const n of [0, 1_999, 9_999]) {
    expect((await get(n, `10.${n >> 8}.${n & 255}.181`)).status).toBe(200)
    expect((await get(n, `10.${n >> 8}.${n & 255}.182`)).status).toBe(403)
  }
  expect((await fetch(`${gateway.url}/big/area0/x/part1`)).status).toBe(404)
})
