/** The examples of docs/testing.md do what they say, on the shipped policies. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readFiles } from '../../src/cli/files.ts'
import { reasons } from '../../src/decision/denial.ts'
import { compileFiles } from '../../src/policy/compile.ts'
import { isGreen, runTests } from '../../src/testing/run.ts'

const page = readFileSync('docs/testing.md', 'utf8')
const examples = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text)

test('there are examples of every kind', () => {
  expect(examples.map((text) => text.split('\n')[0])).toEqual(['tests:', 'tests:', 'tests:', 'invariants:'])
})

test.each(examples)('%s', async (example) => {
  const { inputs } = await readFiles(['policies', 'demo/policies'])
  const bytes = new TextEncoder().encode(`policy_format: 1\n${example}`)
  const all = [...inputs, { path: 'example.yaml', name: 'example.yaml', bytes }]
  const { policy, problems, tests, invariants } = await compileFiles(all, { demo: true })
  expect(problems).toEqual([])
  if (policy === undefined) throw new Error('the example does not load')
  const isExample = ({ place }: { readonly place: { readonly file: string } }) =>
    place.file === 'example.yaml'
  const [mine, holding] = [tests.filter(isExample), invariants.filter(isExample)]
  const run = await runTests(policy, mine, holding)
  expect(run.results.length + run.invariants.length).toBeGreaterThan(0)
  expect(isGreen(run)).toBe(true)
})

test('every reason in the table of reasons is one', () => {
  const named = [...page.matchAll(/^\| `([a-z_]+)` \| (?:has|meets|comes|brings|names) /gm)].map(
    ([, reason]) => reason,
  )
  expect(named.length).toBeGreaterThan(8)
  expect(reasons).toEqual(expect.arrayContaining(named))
})
