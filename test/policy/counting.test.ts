/** What a route says of its counting, in the compiled form. The mistakes are in test/golden/policy/costs.yaml. */
import { expect, test } from 'vitest'
import { compiled } from '../support/example.ts'

const route = (lines: string) => `
policy_format: 1
upstream: { name: u, title: U, prefix: /u, origin: https://u.example }
rate_groups:
  g: { period: 1m, rate: 60, burst: 60, average: { over: 2m, rate: 10 }, per: client }
routes:
  r:
    paths: [/r]
    auth: basic
    respects_allow_list: false
    callers: { GET: authenticated, POST: authenticated }
    rate_group: g
    ${lines}
`

test.each([
  ['', undefined],
  ['cost: 1', undefined],
  ['cost: 20', { GET: 20, POST: 20 }],
  ['cost: { POST: 5, GET: 1 }', { POST: 5 }],
])('%s: only what weighs more than one is compiled', async (lines, cost) => {
  const { routes } = await compiled({ 'u.yaml': route(lines) })
  expect(routes[0]?.cost).toEqual(cost)
})

test('the settings of the limiter, and the budget of a group', async () => {
  const texts = (limiter: string, budget: string) => ({
    'g.yaml': `
policy_format: 1
gateway: { ${limiter} }
rate_groups: { g: { period: 1m, rate: 60, burst: 60${budget} } }
`,
  })
  const { limiter, rateGroups } = await compiled(
    texts('limiter: { shards: 128, jurisdiction: eu, budget: 400ms }', ', budget: 50ms'),
  )
  expect(limiter).toEqual({ shards: 128, jurisdiction: 'eu', budgetMs: 400 })
  expect(rateGroups).toMatchObject([{ name: 'g', budgetMs: 50 }])
  const silent = await compiled(texts('', ''))
  expect(silent).not.toHaveProperty('limiter')
  expect(silent.rateGroups[0]).not.toHaveProperty('budgetMs')
})

test('the tenant is compiled where the group counts by it, and nowhere else', async () => {
  const { routes } = await compiled({
    'u.yaml': `
policy_format: 1
upstream: { name: u, title: U, prefix: /u, origin: https://u.example, tenant: "{tid}" }
rate_groups:
  theirs: { period: 1m, rate: 60, burst: 60, per: tenant }
  ours: { period: 1m, rate: 60, burst: 60, per: client }
routes:
  a: { paths: ["/{tid}/a"], auth: basic, respects_allow_list: false, callers: { GET: authenticated }, rate_group: theirs }
  b: { paths: [/b], auth: basic, respects_allow_list: false, callers: { GET: authenticated }, rate_group: ours }
`,
  })
  expect(routes.map(({ id, tenant }) => [id, tenant])).toEqual([
    ['u/a', 'tid'],
    ['u/b', undefined],
  ])
})

test('the first group is the rate group, the others are counted with it, each once', async () => {
  const { routes } = await compiled({
    'u.yaml': route('').replace('rate_group: g', 'rate_group: [g, h, g]'),
    'h.yaml':
      'policy_format: 1\nrate_groups: { h: { period: 1m, rate: 60, burst: 60, per: [client, route] } }\n',
  })
  expect(routes[0]).toMatchObject({ rateGroup: 'g', alsoCounted: ['h'] })
})
