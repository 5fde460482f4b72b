/**
 * `sallyport replay` as it is typed. The outputs are in test/golden/review; after a change on purpose,
 * `npx vitest run --project unit test/cli/replay.test.ts -u` writes them anew, for the review.
 */
import { expect, test } from 'vitest'
import { sallyport } from '../support/cli.ts'

const LOG = 'test/golden/review/decisions.log'
const BEFORE = 'test/golden/review/before'
const AFTER = 'test/golden/review/after'

test.each([
  ['same', ['--policy', BEFORE, '--logged-by', BEFORE], 0],
  ['after', ['--policy', AFTER, '--logged-by', BEFORE], 0],
  ['after-alone', ['--policy', AFTER], 0],
  ['unused', ['--policy', BEFORE, '--unused'], 0],
  ['fail-on', ['--policy', AFTER, '--fail-on', 'denied,allowed'], 6],
  ['json', ['--policy', AFTER, '--format', 'json', '--unused', '--fail-on', 'unknown'], 6],
])('golden/review/replay-%s.txt: %j exits with %i', async (name, args, code) => {
  const outcome = await sallyport(['replay', LOG, ...args])
  expect(outcome).toMatchObject({ code, stderr: '' })
  await expect(outcome.stdout).toMatchFileSnapshot(`../golden/review/replay-${name}.txt`)
})

test.each([
  [
    [LOG, '--policy', BEFORE, '--fail-on', 'opens'],
    2,
    'Allowed choices are denied, would_deny, allowed, reasons, unknown, with commas',
  ],
  [[LOG, '--policy', BEFORE, '--format', 'sarif'], 2, 'Allowed choices are text, json.'],
  [['test/golden/review/no.log', '--policy', BEFORE], 1, 'cannot read test/golden/review/no.log'],
  [[LOG, '--policy', 'no-such-thing'], 2, 'neither a folder nor a revision'],
])('%j exits with %i and says why on stderr', async (args, code, why) => {
  const outcome = await sallyport(['replay', ...args])
  expect(outcome).toMatchObject({ code, stdout: '' })
  expect(outcome.stderr).toContain(why)
})
