import { expect, test } from 'vitest'
import { exit } from '../../../src/cli/exit.ts'
import { sallyport } from '../../support/cli.ts'
import { folderWith } from '../../support/folder.ts'

const BAD = 'test/golden/policy/shape'
const formats = ['text', 'json', 'sarif', 'github'] as const

test.each(formats.slice(1))('problems as %s, as it was reviewed', async (format) => {
  const { code, stdout } = await sallyport(['validate', BAD, '--format', format])
  expect(code).toBe(exit.policyDoesNotLoad)
  await expect(stdout).toMatchFileSnapshot(`../../golden/formats/validate-${format}.txt`)
})

test.each(formats)('exit codes are the same as %s', async (format) => {
  const empty = await folderWith({})
  const codes = []
  for (const dir of ['policies', BAD, empty]) {
    codes.push((await sallyport(['validate', dir, '--format', format])).code)
  }
  expect(codes).toEqual([exit.ok, exit.policyDoesNotLoad, exit.noPolicyFiles])
})

test('a fingerprint does not move with its line', async () => {
  const text = 'policy_format: 1\nnetworks:\n  office: [10.0.0.0/33, 10.0.0.0/33]\n'
  const moved = text.replace('networks:', '# one line\n\nnetworks:\n  other: [10.0.0.1]')
  const prints = []
  for (const each of [text, moved]) {
    const dir = await folderWith({ 'policy.yaml': each })
    const { stdout } = await sallyport(['validate', dir, '--format', 'sarif'])
    prints.push(JSON.parse(stdout).runs[0].results.map(({ partialFingerprints: own }: Result) => own))
  }
  expect(prints[0]).toHaveLength(2)
  expect(prints[1]).toEqual(prints[0])
  expect(prints[0]?.[0]).not.toEqual(prints[0]?.[1])
})
type Result = { readonly partialFingerprints: unknown }

test('what a policy says cannot become a command of the job', async () => {
  const dir = await folderWith({ 'policy.yaml': 'policy_format: 1\n"x\\n::error::y": {}\n' })
  const { stdout } = await sallyport(['validate', dir, '--format', 'github'])
  const end = `::${'07'.repeat(16)}::\n`
  const commands = stdout.slice(stdout.indexOf(end) + end.length)
  expect(stdout.startsWith('::stop-commands::')).toBe(true)
  expect(commands.trimEnd().split('\n')).toHaveLength(1)
})

test('nine annotations, worst first, and one line for the rest', async () => {
  const fields = Array.from({ length: 12 }, (_, n) => `unknown${n}: 1\n`).join('')
  const dir = await folderWith({ 'policy.yaml': `policy_format: 1\n${fields}` })
  const { stdout } = await sallyport(['validate', dir, '--format', 'github'])
  expect(stdout.match(/^::error /gm)).toHaveLength(9)
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('::notice::3 more findings in the log')
})

test('another format is no command line', async () => {
  expect((await sallyport(['validate', '--format', 'junit'])).code).toBe(exit.wrongCommandLine)
})

const FAILING = 'test/golden/test-failures.yaml'

test.each(['json', 'junit', 'github'])('failed tests as %s, as it was reviewed', async (format) => {
  const { code, stdout } = await sallyport(['test', FAILING, '--format', format])
  expect(code).toBe(exit.testFailed)
  await expect(stdout).toMatchFileSnapshot(`../../golden/formats/test-${format}.txt`)
})

test.each(['text', 'json', 'junit', 'github'])('exit codes of test are the same as %s', async (format) => {
  const empty = await folderWith({})
  const gaps = 'test/golden/test-gaps.yaml'
  const codes = []
  for (const dir of ['test/golden/test-passes.yaml', FAILING, BAD, empty]) {
    codes.push((await sallyport(['test', dir, '--format', format])).code)
  }
  codes.push((await sallyport(['test', gaps, '--min-coverage', '100', '--format', format])).code)
  const { ok, testFailed, policyDoesNotLoad, noPolicyFiles } = exit
  expect(codes).toEqual([ok, testFailed, policyDoesNotLoad, noPolicyFiles, testFailed])
})

test('a policy that does not load, and coverage that is missing, are red in JUnit too', async () => {
  const bad = await sallyport(['test', BAD, '--format', 'junit'])
  expect(bad.stdout).toContain('<testsuites name="sallyport" tests="4" failures="0" errors="4">')
  const gaps = ['test', 'test/golden/test-gaps.yaml', '--min-coverage', '100', '--format', 'junit']
  expect((await sallyport(gaps)).stdout).toContain('classname="coverage"')
})
