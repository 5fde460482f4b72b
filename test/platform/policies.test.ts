import { expect, test } from 'vitest'
import { loadPolicy } from '../../src/platform/policies.ts'
import type { CompiledPolicy } from '../../src/policy/model.ts'
import { policyText } from '../../src/policy/written.ts'
import { clientConfig } from '../support/client-config.ts'
import { compiled, exampleYaml } from '../support/example.ts'

const example = async (): Promise<CompiledPolicy> =>
  compiled(await exampleYaml(), { gw: 'https://upstream.example' })

test('a compiled policy is read, its clients when they are asked for', async () => {
  const policy = await example()
  const loaded = loadPolicy(policyText(policy))
  expect(loaded?.policy).toEqual({ ...policy, clients: [] })
  for (const client of policy.clients) {
    for (const upstream of client.upstreams)
      expect(loaded?.registry.find(upstream, client.clientId)).toEqual(client)
  }
})

test('clients whose lists are tried out are known at once: whether anything is tried out is asked of them', async () => {
  const tried = clientConfig('tried', { reportOnlyUntil: 1, secrets: 'none' })
  const loaded = loadPolicy(policyText({ ...(await example()), clients: [clientConfig('other'), tried] }))
  expect(loaded?.policy.clients).toEqual([tried])
})

test.each([
  '',
  'null',
  '7',
  '[]',
  '{}',
  '{"policyFormat":1}',
  '{"policyFormat":3}',
  '{"policyFormat":"2"}',
  '{"policyFormat":2',
  '{"policyFormat":2}',
  '{"policyFormat":2,"routes":[{"callers":0}],"callers":[],"clients":[]}',
])('what this Worker does not understand is no policy: %j', (text) => {
  expect(loadPolicy(text)).toBeUndefined()
})
