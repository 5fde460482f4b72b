/**
 * `sallyport test` as it is typed: what it prints and what it exits with. The outputs are in test/golden; after a
 * change on purpose, `npx vitest run --project unit test/cli/test.test.ts -u` writes them anew, for the review.
 */
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { sallyport as run } from '../support/cli.ts'

const sallyport = (args: readonly string[], color = false) => run(['test', ...args], { color })

const PASSES = 'test/golden/test-passes.yaml'
const FAILURES = 'test/golden/test-failures.yaml'
const GAPS = 'test/golden/test-gaps.yaml'

test.each([
  ['passes', [PASSES], 0],
  ['passes-only', [PASSES, '--only', 'table'], 0],
  ['passes-covered', [PASSES, '--coverage', '--min-coverage', '100'], 0],
  ['failures', [FAILURES], 4],
  ['failures-all', [FAILURES, '--all'], 4],
  ['failures-only', [FAILURES, '--only', 'writers write'], 4],
  ['gaps', [GAPS, '--coverage', '--min-coverage', '33.4'], 4],
  ['gaps-below', [GAPS, '--min-coverage', '33.4'], 4],
  ['gaps-few', [GAPS, '--min-coverage', '33'], 0],
  ['report-only', ['test/golden/test-report-only.yaml', '--all'], 4],
  ['does-not-load', ['test/golden/test-does-not-load.yaml'], 3],
])('golden/test-%s.txt: %j exits with %i', async (name, args, code) => {
  const outcome = await sallyport(args)
  expect(outcome).toMatchObject({ code, stderr: '' })
  await expect(outcome.stdout).toMatchFileSnapshot(`../golden/test-${name}.txt`)
})

test.each([
  [['test/golden/nothing-here'], 7, 'no policy files (*.yaml) in test/golden/nothing-here'],
  [[PASSES, '--min-coverage', '101'], 2, '--min-coverage takes 0 to 100, not `101`'],
  [[PASSES, '--min-coverage', 'all'], 2, '--min-coverage takes 0 to 100, not `all`'],
  [[PASSES, '--only', 'no such name'], 2, 'no test or invariant has `no such name` in its name'],
  [[PASSES, '--only', 'table', '--coverage'], 2, '--only runs a part of the tests'],
  [[PASSES, '--only', 'table', '--min-coverage', '1'], 2, '--only runs a part of the tests'],
  [[PASSES, '--onyl', 'table'], 2, "unknown option '--onyl'"],
])('%j exits with %i and says why on stderr', async (args, code, why) => {
  const outcome = await sallyport(args)
  expect(outcome).toMatchObject({ code, stdout: '' })
  expect(outcome.stderr).toContain(why)
})

test('two runs print the same', async () => {
  expect(await sallyport([FAILURES, '--all'])).toEqual(await sallyport([FAILURES, '--all']))
})

const ESCAPE = '\u001b['

test('colours change nothing else, and are on a terminal only', async () => {
  const [plain, colored] = [await sallyport([FAILURES]), await sallyport([FAILURES], true)]
  expect(plain.stdout).not.toContain(ESCAPE)
  expect(colored.stdout).toContain(`${ESCAPE}31mFAIL`)
  expect(stripVTControlCharacters(colored.stdout)).toBe(plain.stdout)
})
