import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { compilePolicy } from '../../src/cli/policy.ts'
import { demoSecrets } from '../../src/policy/demo-secrets.ts'
import { isGreen, runTests } from '../../src/testing/run.ts'

const dirs = ['policies', 'demo/policies']

test('the demonstration’s policy does what its tests say', async () => {
  const { policy, tests, invariants, problems } = await compilePolicy(dirs, { demo: true })
  expect(problems).toEqual([])
  expect(policy && isGreen(await runTests(policy, tests, invariants))).toBe(true)
})

test('every secret of the demonstration is refused where nothing is demonstrated', async () => {
  const demo = await compilePolicy(dirs, { demo: true })
  const plain = await compilePolicy(dirs)
  const withSecret = demo.policy?.clients.filter(({ secrets }) => typeof secrets !== 'string') ?? []
  expect(withSecret.length).toBeGreaterThan(0)
  expect(plain.policy).toBeUndefined()
  expect(plain.problems.map(({ code }) => code)).toEqual(withSecret.map(() => 'P0601'))
})

test.each([...demoSecrets])('%s is the hash of its text', (hash, text) => {
  expect(`sha256:${createHash('sha256').update(text).digest('hex')}`).toBe(hash)
})
