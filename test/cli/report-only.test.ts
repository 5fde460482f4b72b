/**
 * What the commands say of rules that are tried out. The outputs are in test/golden/trial; after a change on purpose,
 * `npx vitest run --project unit test/cli/report-only.test.ts -u` writes them anew, for the review.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { logLine } from '../../src/audit/event.ts'
import { readFiles } from '../../src/cli/files.ts'
import { compileFiles } from '../../src/policy/compile.ts'
import { testApp } from '../support/app.ts'
import { sallyport } from '../support/cli.ts'
import { basic } from '../support/facts.ts'
import { folderWith } from '../support/folder.ts'

const POLICY = 'test/golden/test-report-only.yaml'
const END = Date.parse('2027-02-01T00:00:00Z')

test.each([
  ['let-through', ['POST /shop/items', '--client=clerk', '--from=198.51.100.7'], END - 1],
  ['over', ['POST /shop/items', '--client=clerk', '--from=198.51.100.7'], END],
  ['no-credentials', ['GET /shop/items', '--from=198.51.100.7'], END - 1],
  ['no-address', ['GET /shop/stock', '--client=mover'], END - 1],
  ['client', ['--client=mover'], END - 1],
  ['client-over', ['--client=mover'], END],
  ['json', ['POST /shop/items', '--client=clerk', '--from=192.0.2.7', '--format=json'], END - 1],
])('golden/trial/explain-%s.txt: %j', async (name, args, now) => {
  const outcome = await sallyport(['explain', ...args, POLICY], { now: () => now })
  expect(outcome).toMatchObject({ code: 0, stderr: '' })
  await expect(outcome.stdout).toMatchFileSnapshot(`../golden/trial/explain-${name}.txt`)
})

/** A log of three requests, the last of which finds its limit used up. */
async function decisionLog(): Promise<string> {
  const { inputs } = await readFiles([POLICY])
  const { policy } = await compileFiles(inputs)
  const rateGroups = policy?.rateGroups.map((group) => ({ ...group, burst: 2 }))
  let id = 0
  const app = testApp(policy && rateGroups && { ...policy, rateGroups }, {
    now: () => END - 1,
    requestId: () => `req-${++id}`,
  })
  for (const [method, client, from] of [
    ['POST', 'clerk', '198.51.100.7'],
    ['GET', undefined, '198.51.100.7'],
    ['GET', 'clerk', '192.0.2.7'],
    ['GET', 'clerk', '192.0.2.7'],
  ] as const) {
    const headers = { 'cf-connecting-ip': from, ...(client && { authorization: basic(client, 'secret') }) }
    await app.request('/shop/items', { method, headers })
  }
  return join(await folderWith({ 'decisions.log': app.logged.map(logLine).join('\n') }), 'decisions.log')
}

// The day on which it is asked does not matter: the policy is the one that decided then.
test.each([
  ['let-through', 'req-1', END - 1],
  ['let-through', 'req-1', END],
  ['limit', 'req-4', END],
])('golden/trial/logged-%s.txt: %s', async (name, id, now) => {
  const args = ['explain', `--request-id=${id}`, `--log=${await decisionLog()}`, POLICY]
  const outcome = await sallyport(args, { now: () => now })
  expect(outcome).toMatchObject({ code: 0, stderr: '' })
  await expect(outcome.stdout).toMatchFileSnapshot(`../golden/trial/logged-${name}.txt`)
})

const written = readFileSync(POLICY, 'utf8')
const grouped = written.replace('per: client }', 'per: client, report_only: { until: 2027-02-01 } }')
const strict = written.replaceAll(/ *report_only: .*\n/g, '')
const longer = grouped.replaceAll('2027-02-01', '2027-03-01')

test.each([
  ['begins', strict, grouped, END - 1],
  ['ends', grouped, strict, END - 1],
  ['longer', grouped, longer, END - 1],
  ['longer-late', grouped, longer, END],
  ['over', grouped, strict, END],
])('golden/trial/diff-%s.txt', async (name, before, after, now) => {
  const folders = [await folderWith({ 'p.yaml': before }), await folderWith({ 'p.yaml': after })]
  const { stdout } = await sallyport(['diff', ...folders], { now: () => now })
  await expect(stdout.replace(/\([0-9.]+ s\)/, '')).toMatchFileSnapshot(`../golden/trial/diff-${name}.txt`)
})
