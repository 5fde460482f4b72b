/**
 * `sallyport replay` as it is typed. The outputs are in test/golden/review; after a change on purpose,
 * `npx vitest run --project unit test/cli/replay.test.ts -u` writes them anew, for the review.
 */
import { expect, test } from 'vitest'
import { sallyport } from '../support/cli.ts'
import { folderWith } from '../support/folder.ts'

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

test('a log of several policies: what the policy itself decided stays, and --logged-by is taken for the rest', async () => {
  const line = (policy: string, at: number) =>
    JSON.stringify({
      ts: '2026-11-22T10:04:31.220Z',
      request_id: `r${at}`,
      policy,
      decision: 'denied',
      reason: 'rate_limited',
      route: 'akamai/entity-read',
      method: 'POST',
      path: '/akamai/entity.find',
      client: 'crm-sync',
      address: '192.0.2.60',
    })
  const { policy } = JSON.parse((await sallyport(['validate', BEFORE, '--format', 'json'])).stdout)
  const folder = await folderWith({
    'own.log': [policy.digest, 'sha256:1'].map(line).join('\n'),
    'several.log': [policy.digest, 'sha256:1', 'sha256:2', 'sha256:2'].map(line).join('\n'),
  })
  const own = await sallyport(['replay', `${folder}/own.log`, '--policy', BEFORE, '--logged-by', AFTER])
  expect(own.stdout).toMatch(/^2 decisions: 1 unchanged, .* 1 unknown\n$/m)
  const args = ['replay', `${folder}/several.log`, '--policy', BEFORE, '--logged-by', AFTER]
  const { stdout } = await sallyport(args)
  expect(stdout).toContain('4 decisions: 1 unchanged')
  expect(stdout).toMatch(/\nnote: 2 policies wrote these lines, and --logged-by was taken for all of them\n$/)
  expect(JSON.parse((await sallyport([...args, '--format', 'json'])).stdout).result.policies).toEqual([
    { policy: policy.digest, decisions: 1 },
    { policy: 'sha256:1', decisions: 1 },
    { policy: 'sha256:2', decisions: 2 },
  ])
})
