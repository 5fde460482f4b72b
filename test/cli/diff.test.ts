/**
 * `sallyport diff` as it is typed. The outputs are in test/golden/review; after a change on purpose,
 * `npx vitest run --project unit test/cli/diff.test.ts -u` writes them anew, for the review.
 */
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { compilePolicy } from '../../src/cli/policy.ts'
import type { ClientConfig } from '../../src/clients/config.ts'
import { diffPolicies } from '../../src/diff/diff.ts'
import { NOW, sallyport } from '../support/cli.ts'
import { folderWith } from '../support/folder.ts'

const BEFORE = 'test/golden/review/before'
const AFTER = 'test/golden/review/after'

test.each([
  ['text', [BEFORE, AFTER], 0],
  ['all', [BEFORE, AFTER, '--all'], 0],
  ['back', [AFTER, BEFORE], 0],
  ['fail-on', [BEFORE, AFTER, '--fail-on', 'opens'], 6],
  ['markdown', [BEFORE, AFTER, '--format', 'markdown', '--fail-on', 'limits,closes'], 6],
  ['json', [BEFORE, AFTER, '--format', 'json'], 0],
  ['same', [BEFORE, BEFORE, '--fail-on', 'opens,closes,limits'], 0],
])('golden/review/diff-%s.txt: %j exits with %i', async (name, args, code) => {
  const outcome = await sallyport(['diff', ...args])
  expect(outcome).toMatchObject({ code, stderr: '' })
  await expect(outcome.stdout).toMatchFileSnapshot(`../golden/review/diff-${name}.txt`)
})

test.each([
  [
    [BEFORE, AFTER, '--fail-on', 'openings'],
    2,
    'Allowed choices are opens, closes, limits, with commas between them.',
  ],
  [[BEFORE, AFTER, '--format', 'sarif'], 2, 'Allowed choices are text, json, markdown, github.'],
  [[BEFORE, 'no-such-thing'], 2, '`no-such-thing` is neither a folder nor a revision'],
  [[BEFORE, '-x:policies'], 2, "unknown option '-x:policies'"],
  [[BEFORE], 2, "missing required argument 'after'"],
])('%j exits with %i and says why on stderr', async (args, code, why) => {
  const outcome = await sallyport(['diff', ...args])
  expect(outcome).toMatchObject({ code, stdout: '' })
  expect(outcome.stderr).toContain(why)
})

test('a compiled file is the policy that it was compiled from', async () => {
  const folder = await folderWith({})
  await sallyport(['build', BEFORE, '--out', `${folder}/before.json`])
  const same = await sallyport(['diff', `${folder}/before.json`, BEFORE, '--all'])
  expect(same.stdout).toMatch(/^0 openings, 0 closings, 0 reason changes, 0 limit changes/)
  const other = await sallyport(['diff', `${folder}/before.json`, AFTER])
  expect(other.stdout).toBe((await sallyport(['diff', BEFORE, AFTER])).stdout)
})

test('a revision is read from the object store, whatever lies in the working tree', async () => {
  const yaml = (rate: number) =>
    `policy_format: 1\ngateway: { default_rate_group: calls }\nrate_groups:\n  calls: { period: 1m, rate: ${rate}, burst: 5, per: client }\n`
  const folder = await folderWith({ 'policies/all.yaml': yaml(10) })
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t.example', ...args], { cwd: folder })
  git('init', '--quiet')
  git('add', '.')
  git('commit', '--quiet', '-m', 'first')
  execFileSync('sh', ['-c', 'printf "%s" "$0" > policies/all.yaml', yaml(20)], { cwd: folder })
  const here = process.cwd()
  process.chdir(folder)
  try {
    const outcome = await sallyport(['diff', 'HEAD', 'policies', '--fail-on', 'limits'])
    expect(outcome).toMatchObject({ code: 6, stderr: '' })
    expect(outcome.stdout).toContain('LIMIT  calls: rate 10 -> 20  (looser)')
    expect((await sallyport(['diff', 'HEAD:policies', 'HEAD'])).stdout).toMatch(/^0 openings/)
    expect((await sallyport(['diff', 'HEAD:nothing', 'HEAD'])).code).toBe(7)
  } finally {
    process.chdir(here)
  }
})

/** Prints how long it took, and asserts what came out: 1,000 clients, all of the shipped upstreams, every list changed. */
test('a thousand clients with lists of their own, all of them widened', { timeout: 60_000 }, async () => {
  const { policy } = await compilePolicy(['policies'])
  if (policy === undefined) throw new Error('the shipped policies do not load')
  const features = ['owner', 'direct_access', 'direct_read_access', 'manageUserGroups', 'readUserGroups']
  const client = (at: number, width: number): ClientConfig => ({
    name: `client-${at}`,
    upstreams: [at % policy.upstreams.length],
    clientId: `id-${at}`,
    enabled: true,
    features: [features[at % features.length] ?? ''],
    lists: { allow: { v4: [at * 1000, at * 1000 + width], v6: [] }, deny: { v4: [], v6: [] } },
    secrets: 'upstream',
  })
  const clients = (width: number) => Array.from({ length: 1000 }, (_, at) => client(at, width))
  const started = performance.now()
  const diff = await diffPolicies(
    { ...policy, clients: clients(9) },
    { ...policy, clients: clients(19) },
    NOW,
  )
  console.log(`${policy.routes.length} routes, 1,000 clients: ${Math.round(performance.now() - started)} ms`)
  expect(
    new Set(diff.opens.flatMap(({ callers }) => callers.map((each) => each.client))).size,
  ).toBeGreaterThan(400)
  expect(diff.closes).toEqual([])
  expect(diff.opens.every(({ ranges }) => ranges.v4.length === 2)).toBe(true)
})
