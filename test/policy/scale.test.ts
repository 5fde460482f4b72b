import { expect, test } from 'vitest'
import { compileTexts } from '../../src/policy/compile.ts'

const ROUTES = 2000
const CLIENTS = 10_000
const ENTRIES = 10
const CLIENTS_PER_FILE = 1000

const gateway = `policy_format: 1
gateway: { default_rate_group: all }
rate_groups: { all: { period: 1m, rate: 300, burst: 50 } }
upstream: { name: api, title: An API, prefix: /api, origin: "https://api.example" }
client_features: { reader: reads, writer: writes }
routes:
`

const route = (index: number): string => `  route-${index}:
    paths: ["/area-${index % 40}/things-${index}", "/area-${index % 40}/things-${index}/{id}"]
    auth: basic
    respects_allow_list: true
    callers: { GET: [reader, writer], POST: [writer] }
`

const client = (index: number): string => `  client-${index}:
    upstream: api
    client_id: "id-${index}"
    features: [reader]
    allow_list:
${Array.from({ length: ENTRIES }, (_, entry) => `      - 10.${index >> 8}.${index & 255}.${entry * 16}/29\n`).join('')}    secrets:
      - { hash: "sha256:${String(index).padStart(64, '0')}", generated_bits: 256, expires: 2027-03-01 }
`

const many = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('')

test('2,000 routes and 10,000 clients with 10 entries each compile', async () => {
  const texts: Record<string, string> = { 'gateway.yaml': gateway + many(ROUTES, route) }
  for (let from = 0; from < CLIENTS; from += CLIENTS_PER_FILE) {
    const clients = many(CLIENTS_PER_FILE, (index) => client(from + index))
    texts[`clients/${from}.yaml`] = `policy_format: 1\nclients:\n${clients}`
  }
  const started = performance.now()
  const { policy, problems } = await compileTexts(texts)
  console.log(`compiled in ${Math.round(performance.now() - started)} ms`)
  expect(problems).toEqual([])
  expect(policy?.routes).toHaveLength(ROUTES)
  expect(policy?.clients).toHaveLength(CLIENTS)
  expect(policy?.clients[0]?.lists.allow).toMatchObject({ v4: { length: ENTRIES * 2 } })
}, 120_000)
