import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CompiledPolicy } from '../../src/policy/model.ts'
import { policyText, readPolicy } from '../../src/policy/written.ts'
import { smallPolicy } from '../diff/small-policies.ts'
import { compiled, exampleYaml } from '../support/example.ts'

test('what is written is read again, whole', async () => {
  const policy = await compiled(await exampleYaml(), { gw: 'https://upstream.example' })
  expect(readPolicy(policyText(policy))).toEqual(policy)
})

const byName = (policy: CompiledPolicy) => ({
  ...policy,
  clients: policy.clients.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
})

test('so is any policy', () => {
  fc.assert(
    fc.property(smallPolicy, (policy) => {
      const again: unknown = JSON.parse(JSON.stringify(byName(policy)))
      expect(readPolicy(policyText(policy))).toEqual(again)
    }),
  )
})

test('callers that many routes have alike are written once', async () => {
  const policy = await compiled(await exampleYaml(), { gw: 'https://upstream.example' })
  const { routes, callers } = JSON.parse(
    policyText({ ...policy, routes: [...policy.routes, ...policy.routes] }),
  )
  expect(routes).toHaveLength(policy.routes.length * 2)
  expect(callers).toHaveLength(new Set(policy.routes.map((route) => JSON.stringify(route.callers))).size)
})

test('format 1 is the policy as it is', async () => {
  const policy = await compiled(await exampleYaml(), { gw: 'https://upstream.example' })
  expect(readPolicy(JSON.stringify(policy))).toEqual(policy)
})

test.each([
  '',
  'null',
  '[]',
  '{}',
  '{"policyFormat":3}',
  '{"policyFormat":1}',
  '{"policyFormat":2,"routes":[],"callers":[],"clients":[]}',
  '{"policyFormat":2,"routes":[{"callers":0}],"callers":[],"clients":[]}',
])('%j is no policy', (text) => {
  expect(readPolicy(text)).toBeUndefined()
})
