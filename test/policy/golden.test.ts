import { createColors } from 'picocolors'
import { expect, test } from 'vitest'
import { renderProblems } from '../../src/cli/output/report.ts'
import { compileFiles } from '../../src/policy/compile.ts'
import type { Place } from '../../src/source/text.ts'
import { goldenCases, reviewed } from '../support/golden.ts'

const plain = createColors(false)

test.each(goldenCases())('$resultFile', async ({ inputs, resultFile }) => {
  const { files, problems, policy, tests, invariants, sources } = await compileFiles(inputs)
  const actual = resultFile.endsWith('.json')
    ? `${JSON.stringify({ problems, policy, tests, invariants, sources }, shortened, 2)}\n`
    : renderProblems(problems, files, inputs.length, plain)
  expect(policy !== undefined).toBe(resultFile.endsWith('.json'))
  expect(actual).toBe(reviewed(resultFile, actual))
})

/** Places as one text, and maps as objects, so that a person can read them. */
function shortened(_: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value)
  return isPlace(value) ? `${value.file}:${value.line}:${value.column}+${value.length}` : value
}

const isPlace = (value: unknown): value is Place =>
  typeof value === 'object' && value !== null && Object.keys(value).join() === 'file,line,column,length'
