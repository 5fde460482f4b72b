/** What a policy says of counting, through the whole decision. */
import { expect, test } from 'vitest'
import { policyRegistry } from '../../src/clients/memory.ts'
import type { Facts } from '../../src/decision/facts.ts'
import { decider } from '../../src/pipeline.ts'
import type { Charge } from '../../src/ratelimit/limiter.ts'
import { memoryLimiter } from '../../src/ratelimit/memory.ts'
import { compiled } from '../support/example.ts'
import { basic, facts, NOW } from '../support/facts.ts'
import { noTokens } from '../support/no-tokens.ts'

const policy = await compiled({
  'u.yaml': `
policy_format: 1
upstream: { name: u, title: U, prefix: /u, origin: https://u.example, tenant: "{tid}" }
rate_groups:
  tenant: { period: 1m, rate: 60, burst: 20, per: tenant, budget: 50ms }
  person: { period: 1m, rate: 60, burst: 10, per: [tenant, client] }
routes:
  users:
    paths: ["/{tid}/users", "/v2/tenants/{tid}/**"]
    auth: basic
    respects_allow_list: false
    callers: { GET: authenticated, POST: authenticated }
    rate_group: [tenant, person]
    cost: { POST: 5 }
clients:
  one: { upstream: u, client_id: one, allow_list: any, secrets: upstream }
  two: { upstream: u, client_id: two, allow_list: any, secrets: upstream }
`,
})

function deciding() {
  const charged: Charge[] = []
  const limiter = memoryLimiter(() => NOW)
  const decide = decider(policy, {
    ...noTokens,
    registry: policyRegistry(policy.clients),
    checkSecret: () => false,
    limiter: {
      take: (charges) => {
        charged.push(...charges)
        return limiter.take(charges)
      },
    },
  })
  const ask = (client: string, changes: Partial<Facts>) =>
    decide(facts({ authorization: basic(client, 'x'), ...changes }))
  return { ask, charged }
}

test('a request is charged its cost to its tenant and to the client in it, in one place', async () => {
  const { ask, charged } = deciding()
  expect(await ask('one', { method: 'POST', rawPath: '/u/Blue/users' })).toMatchObject({ allowed: true })
  expect(charged).toMatchObject([
    { group: 'tenant', key: 'tenant=u/blue', quantity: 5, budgetMs: 50 },
    { group: 'person', key: 'tenant=u/blue client=u/one', home: 'tenant=u/blue', quantity: 5 },
  ])
})

test('every path and spelling of a tenant is one bucket, and another tenant has its own', async () => {
  const { ask } = deciding()
  const group = async (client: string, rawPath: string) => {
    const decision = await ask(client, { method: 'POST', rawPath })
    if (decision.allowed) return 'allowed'
    return decision.denial.reason === 'rate_limited' ? decision.denial.group : decision.denial.reason
  }
  expect(await group('one', '/u/blue/users')).toBe('allowed')
  expect(await group('one', '/u/v2/tenants/%42LUE/users/7')).toBe('allowed')
  expect(await group('one', '/u/blue/users')).toBe('person')
  expect(await group('two', '/u/blue/users')).toBe('allowed')
  expect(await group('two', '/u/blue/users')).toBe('allowed')
  expect(await group('two', '/u/blue/users')).toBe('tenant')
  expect(await group('two', '/u/green/users')).toBe('allowed')
})
