/** One run of a policy's tests and invariants, with what they cover. */
import type { CompiledPolicy } from '../policy/model.ts'
import type { Invariant, PolicyTest } from '../policy/test-case.ts'
import { uncheckedCells } from './cases.ts'
import { type Coverage, coverageOf } from './coverage.ts'
import { checkInvariants, type InvariantResult } from './invariants.ts'
import { type CaseResult, policyRunner } from './runner.ts'
import { TEST_NOW } from './trial.ts'

export type TestRun = {
  /** In the order of the tests. */
  readonly results: readonly CaseResult[]
  /** Cells that say neither yes nor no. */
  readonly unchecked: number
  readonly invariants: readonly InvariantResult[]
  readonly coverage: Coverage
}

/**
 * Needs tests and invariants of the same policy. The outcome depends on these three alone.
 *
 * @param onTest - told before each test how many are done
 */
export async function runTests(
  policy: CompiledPolicy,
  tests: readonly PolicyTest[],
  invariants: readonly Invariant[],
  onTest: (done: number, total: number) => void = () => {},
): Promise<TestRun> {
  const { run } = policyRunner(policy)
  const results: CaseResult[] = []
  for (const [index, test] of tests.entries()) {
    onTest(index, tests.length)
    results.push(...(await run(test)))
  }
  return {
    results,
    unchecked: tests.reduce((sum, test) => sum + uncheckedCells(test), 0),
    invariants: checkInvariants(invariants, policy, TEST_NOW),
    coverage: coverageOf(results, policy),
  }
}

export const isGreen = ({ results, invariants }: TestRun): boolean =>
  results.every(({ passed }) => passed) && invariants.every(({ breaches }) => breaches.length === 0)
