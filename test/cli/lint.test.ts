import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exit } from '../../src/cli/exit.ts'
import { sallyport } from '../support/cli.ts'
import { folderWith } from '../support/folder.ts'
import { reviewed } from '../support/golden.ts'
import { withBase, withRealAddresses } from '../support/lint.ts'

const GOLDEN = 'test/golden/lint'

const clean = withRealAddresses(withBase(''))
const broken = (lists: string): string =>
  withRealAddresses(
    withBase(`clients:
  importer:
    upstream: shop
    client_id: "importer"
    features: [reader]
${lists}    secrets: upstream
`),
  )

test.each([
  ['findings', ['lint', GOLDEN]],
  ['findings-info', ['lint', GOLDEN, '--info']],
  ['findings-json', ['lint', GOLDEN, '--format', 'json']],
  ['findings-sarif', ['lint', GOLDEN, '--format', 'sarif']],
  ['findings-github', ['lint', GOLDEN, '--format', 'github']],
  ['fix-dry-run', ['lint', GOLDEN, '--fix', '--dry-run']],
])('%s, as it was reviewed', async (name, args) => {
  const { code, stdout } = await sallyport(args)
  expect(code).toBe(exit.lintFindings)
  expect(stdout).toBe(reviewed(`../lint/${name}.txt`, stdout))
})

test('nothing to say', async () => {
  const dir = await folderWith({ 'policy.yaml': clean })
  expect(await sallyport(['lint', dir, '--fail-on', 'info'])).toEqual({
    code: exit.ok,
    stdout: 'ok  no findings in 1 file\n',
    stderr: '',
  })
})

test.each([
  ['error', exit.ok],
  ['warning', exit.lintFindings],
  ['info', exit.lintFindings],
])('a warning, with --fail-on %s', async (level, expected) => {
  const dir = await folderWith({ 'policy.yaml': broken('    allow_list: [192.0.2.1]\n') })
  for (const format of ['text', 'json', 'sarif', 'github']) {
    const { code } = await sallyport(['lint', dir, '--fail-on', level, '--format', format])
    expect(code).toBe(expected)
  }
})

test('a finding of level info fails and is shown only when it is asked for', async () => {
  const route =
    'routes:\n  a:\n    paths: [/a]\n    auth: basic\n    respects_allow_list: false\n    callers: { GET: readers }\n'
  const dir = await folderWith({ 'policy.yaml': withRealAddresses(withBase(route)) })
  expect((await sallyport(['lint', dir])).stdout).toBe('ok  no findings in 1 file\n')
  const shown = await sallyport(['lint', dir, '--info'])
  expect([shown.code, shown.stdout.split('\n').at(-2)]).toEqual([exit.ok, '1 info'])
  expect((await sallyport(['lint', dir, '--fail-on', 'info'])).code).toBe(exit.lintFindings)
})

test.each([
  [['--fail-on', 'all'], 'Allowed choices are error, warning, info.'],
  [['--format', 'xml'], 'Allowed choices are text, json, sarif, github.'],
  [['--dry-run'], 'sallyport: --dry-run goes with --fix\n'],
  [['--fix', '--format', 'json'], 'sallyport: --fix has no --format json\n'],
])('%j is not a command line', async (args, message) => {
  const outcome = await sallyport(['lint', GOLDEN, ...args])
  expect(outcome).toMatchObject({ code: exit.wrongCommandLine, stdout: '' })
  expect(outcome.stderr).toContain(message)
})

test('a policy that does not load is said in the format that was asked for', async () => {
  const dir = await folderWith({ 'policy.yaml': 'policy_format: 1\nnetwork: {}\n' })
  expect((await sallyport(['lint', dir])).code).toBe(exit.policyDoesNotLoad)
  const { code, stdout } = await sallyport(['lint', dir, '--format', 'json'])
  expect(code).toBe(exit.policyDoesNotLoad)
  expect(JSON.parse(stdout)).toMatchObject({
    diagnostics: [{ code: 'P0102', range: { start: { line: 2, col: 1 } } }],
  })
  expect((await sallyport(['lint', join(dir, 'missing'), '--format', 'json'])).code).toBe(exit.noPolicyFiles)
})

test('--fix writes the files, and says what is left', async () => {
  const dir = await folderWith({
    'policy.yaml': broken(`    allow_list:
      - 192.0.2.55/24     # the hosts
      - "2001:db8:5::1/48"
      - 192.0.2.0/24 # again
      - 2001:db8:5::/48
      - 203.0.113.7
    deny_list: [192.0.2.1, "::ffff:192.0.2.2", 192.0.2.1]
`),
  })
  const { code, stdout } = await sallyport(['lint', dir, '--fix'])
  expect(stdout).toContain('mended 6 findings in 1 file\n')
  expect([code, stdout.split('\n').at(-2)]).toEqual([exit.ok, 'ok  no findings in 1 file'])
  expect(readFileSync(join(dir, 'policy.yaml'), 'utf8')).toBe(
    broken(`    allow_list:
      - 192.0.2.0/24     # the hosts
      - "2001:db8:5::/48"
      # again
      - 203.0.113.7
    deny_list: [192.0.2.1, "192.0.2.2"]
`),
  )
})

test('--dry-run writes nothing', async () => {
  const before = readFileSync(`${GOLDEN}/clients.yaml`, 'utf8')
  await sallyport(['lint', GOLDEN, '--fix', '--dry-run'])
  expect(readFileSync(`${GOLDEN}/clients.yaml`, 'utf8')).toBe(before)
})

test('the shipped policies have nothing at the level of a warning', { timeout: 60_000 }, async () => {
  for (const dirs of [['policies'], ['policies', 'demo/policies']]) {
    const { code, stdout } = await sallyport(['lint', ...dirs, '--fail-on', 'warning'])
    expect([code, stdout.split('\n').length]).toEqual([exit.ok, 2])
  }
})
