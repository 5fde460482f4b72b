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
