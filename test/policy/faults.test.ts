import { expect, test } from 'vitest'
import { compileTexts } from '../../src/policy/compile.ts'

const policyOf = async (upstreamSet: string, routeSet: string) => {
  const { policy, problems } = await compileTexts({
    'a.yaml': `policy_format: 1
gateway: { default_rate_group: g }
rate_groups: { g: { period: 1m, rate: 1, burst: 1 } }
upstream: { name: api, title: An API, prefix: /api, origin: "https://api.example"${upstreamSet && `, errors: ${upstreamSet}`} }
routes:
  r:
    paths: [/r]
    auth: basic
    respects_allow_list: true
    callers: { GET: authenticated }
${routeSet && `    errors: ${routeSet}\n`}
error_bodies:
  vendor: { denied: { body: vendor denied }, rate_limited: { body: vendor limited } }
  listed: { address: { body: listed address }, denied: { body: listed denied } }
  odd: { address: { status: 500 }, not_found: {} }
  only-denied: { denied: { body: own denied } }
`,
  })
  expect(problems).toEqual([])
  return policy?.faultTables[policy.routes[0]?.faults ?? -1]
}

const limited = { rate_limited: { body: 'vendor limited' } }

test.each([
  ['', '', {}],
  ['vendor', '', { address: { body: 'vendor denied' }, denied: { body: 'vendor denied' }, ...limited }],
  ['listed', '', { address: { body: 'listed address' }, denied: { body: 'listed denied' } }],
  [
    'vendor',
    'odd',
    { address: { status: 500 }, denied: { body: 'vendor denied' }, not_found: {}, ...limited },
  ],
  ['listed', 'odd', { address: { status: 500 }, denied: { body: 'listed denied' }, not_found: {} }],
  [
    'vendor',
    'only-denied',
    { address: { body: 'vendor denied' }, denied: { body: 'own denied' }, ...limited },
  ],
  ['', 'only-denied', { denied: { body: 'own denied' } }],
])('upstream %j and route %j', async (upstreamSet, routeSet, table) => {
  expect(await policyOf(upstreamSet, routeSet)).toEqual(table)
})
