/** Every command's JSON is of the published form, and every SARIF document of the standard's: judged by ajv, not by us. */
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { beforeAll, expect, test, vi } from 'vitest'
import { exit } from '../../../src/cli/exit.ts'
import { sallyport } from '../../support/cli.ts'
import { folderWith } from '../../support/folder.ts'

/** Processes are started, and whole policies read, on machines that do other work too. */
vi.setConfig({ testTimeout: 60_000 })

const BEFORE = 'test/golden/review/before'
const AFTER = 'test/golden/review/after'
const LOG = 'test/golden/review/decisions.log'
const BAD = 'test/golden/policy/shape'
const request = 'POST /akamai/entity.update'

/** Outputs of one command differ by what it found, so each is there in all that it can find. */
const cases: readonly (readonly [code: number, args: readonly string[]])[] = [
  [exit.ok, ['validate', BEFORE]],
  [exit.policyDoesNotLoad, ['validate', BAD]],
  [exit.policyDoesNotLoad, ['validate', 'test/golden/policy/duplicates']],
  [exit.ok, ['test', 'test/golden/test-passes.yaml']],
  [exit.ok, ['test', 'test/golden/test-passes.yaml', '--only', 'table']],
  [exit.testFailed, ['test', 'test/golden/test-failures.yaml']],
  [exit.testFailed, ['test', 'test/golden/test-gaps.yaml', '--min-coverage', '100']],
  [exit.policyDoesNotLoad, ['test', BAD]],
  [exit.lintFindings, ['lint', 'test/golden/lint', '--info']],
  [exit.ok, ['lint', 'policies']],
  [exit.policyDoesNotLoad, ['lint', BAD]],
  [exit.ok, ['explain', request, '--client', 'crm-sync', '--from', '192.0.2.60', BEFORE]],
  [exit.ok, ['explain', request, BEFORE]],
  [exit.ok, ['explain', 'GET /akamai/entity.finde', BEFORE]],
  [exit.ok, ['explain', 'GET /akamai/0/webhooks/a', '--token', 'hosted-login', '--scopes', 'a,b', BEFORE]],
  [exit.ok, ['explain', '--client', 'crm-sync', BEFORE]],
  [exit.ok, ['explain', '--request-id', 'req-list', '--log', LOG, BEFORE]],
  [exit.ok, ['explain', '--request-id', 'req-hook', '--log', LOG, BEFORE]],
  [exit.policyDoesNotLoad, ['explain', request, BAD]],
  [exit.ok, ['diff', BEFORE, AFTER]],
  [exit.ok, ['diff', BEFORE, BEFORE]],
  [exit.diffFindings, ['diff', BEFORE, AFTER, '--fail-on', 'opens,closes']],
  [exit.policyDoesNotLoad, ['diff', BEFORE, BAD]],
  [exit.ok, ['replay', LOG, '--policy', AFTER]],
  [exit.ok, ['replay', LOG, '--policy', BEFORE, '--logged-by', AFTER, '--unused']],
  [exit.policyDoesNotLoad, ['replay', LOG, '--policy', BAD]],
]

const ajv = new Ajv({ allErrors: true, strict: true, strictRequired: false, strictTypes: false })
let published: unknown
beforeAll(async () => {
  published = JSON.parse((await sallyport(['schema', '--output'])).stdout)
})

function errorsOf(schema: unknown, document: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) throw new Error('no schema')
  ajv.validate(schema, document)
  return ajv.errors ?? []
}

test.each(cases)('exits with %i and prints the published form: %j', async (code, args) => {
  const outcome = await sallyport([...args, '--format', 'json'])
  expect(outcome).toMatchObject({ code, stderr: '' })
  const document = JSON.parse(outcome.stdout)
  expect(errorsOf(published, document)).toEqual([])
  expect(document).toMatchObject({ tool: 'sallyport', output_format: 1, command: args[0] })
  expect('result' in document).toBe(code !== exit.policyDoesNotLoad)
})

test('the schema refuses what no command prints', async () => {
  const { stdout } = await sallyport(['validate', BEFORE, '--format', 'json'])
  const good = JSON.parse(stdout)
  const wrong = [
    { ...good, more: 1 },
    { ...good, output_format: 2 },
    { ...good, command: 'lint' },
    { ...good, policy: { digest: 'sha256:0', files: [] } },
    { ...good, result: { ...good.result, routes: -1 } },
    { ...good, summary: undefined },
  ]
  for (const each of wrong) expect(errorsOf(published, JSON.parse(JSON.stringify(each)))).not.toEqual([])
})

test('a digest names the policy; where it does not load there is none, and the files are named all the same', async () => {
  const [good, bad] = [
    ['validate', BEFORE],
    ['validate', BAD],
  ].map(async (args) => JSON.parse((await sallyport([...args, '--format', 'json'])).stdout))
  expect((await good).policy).toEqual({
    digest: expect.stringMatching(/^sha256:/),
    files: [`${BEFORE}/clients.yaml`, `${BEFORE}/gateway.yaml`, `${BEFORE}/upstreams/akamai.yaml`],
  })
  expect(Object.keys((await bad).policy)).toEqual(['files'])
})

test('of two compared policies both are named', async () => {
  const folder = await folderWith({})
  await sallyport(['build', BEFORE, '--out', `${folder}/before.json`])
  const { stdout } = await sallyport(['diff', `${folder}/before.json`, AFTER, '--format', 'json'])
  const { policy, result } = JSON.parse(stdout)
  expect(result.before.files).toEqual([`${folder}/before.json`])
  expect(policy.digest).not.toBe(result.before.digest)
})

const sarif: unknown = JSON.parse(readFileSync('test/vectors/sarif-2.1.0-used.json', 'utf8'))

test.each([
  ['validate', BEFORE],
  ['validate', BAD],
  ['validate', 'test/golden/policy/duplicates'],
  ['validate', 'test/golden/policy/meaning'],
  ['lint', 'test/golden/lint', '--info'],
  ['lint', 'policies'],
])('SARIF as the standard has it: %j', async (...args) => {
  const { stdout } = await sallyport([...args, '--format', 'sarif'])
  expect(errorsOf(sarif, JSON.parse(stdout))).toEqual([])
})

test('SARIF of a file whose name is no URI', async () => {
  const dir = await folderWith({ 'b\u00e4d "name" [1].yaml': 'policy_format: 1\nnetwork: {}\n' })
  const { stdout } = await sallyport(['validate', dir, '--format', 'sarif'])
  const document = JSON.parse(stdout)
  expect(document.runs[0].results).toHaveLength(1)
  expect(errorsOf(sarif, document)).toEqual([])
})

test('rules are named once, and results by their index', async () => {
  const { stdout } = await sallyport(['lint', 'test/golden/lint', '--info', '--format', 'sarif'])
  const [{ tool, results }] = JSON.parse(stdout).runs
  expect(new Set(results.map(({ ruleId }: Result) => ruleId)).size).toBe(tool.driver.rules.length)
  for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex].id).toBe(ruleId)
})
type Result = { readonly ruleId: string }
