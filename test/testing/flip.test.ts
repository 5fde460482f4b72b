/** Every answer of a small policy file, turned around in its text: the run fails at that answer, and nowhere else. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { runTests } from '../../src/testing/run.ts'
import { loaded } from './shop.ts'

const text = readFileSync('test/golden/test-passes.yaml', 'utf8')

const opposite: Readonly<Record<string, string>> = { '✓': '✗', '✗': '✓', true: 'false', false: 'true' }

/** Every tick, cross and answer below `tests:`, with its place counted by hand. */
const answers = [...text.matchAll(/[✓✗]|(?<=\/(?:items|page): )(?:true|false)/g)].map((match) => {
  const before = text.slice(0, match.index)
  return {
    answer: match[0],
    index: match.index,
    line: before.split('\n').length,
    column: match.index - before.lastIndexOf('\n'),
  }
})

async function failing(changed: string) {
  const { policy, compiled } = await loaded({ 'all.yaml': changed })
  const { results } = await runTests(policy, compiled.tests, [])
  return results.filter(({ passed }) => !passed).map(({ case: { place } }) => place)
}

test('as it is, nothing fails, and there are answers to turn around', async () => {
  expect(await failing(text)).toEqual([])
  expect(answers).toHaveLength(5)
})

test.each(answers)('$answer in line $line, column $column', async ({ answer, index, line, column }) => {
  const changed = text.slice(0, index) + opposite[answer] + text.slice(index + answer.length)
  const length = opposite[answer]?.length
  expect(await failing(changed)).toEqual([{ file: 'all.yaml', line, column, length }])
})
