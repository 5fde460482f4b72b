import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test, vi } from 'vitest'
import { exit } from '../../../src/cli/exit.ts'
import { cell, code, markdownTable } from '../../../src/cli/output/markdown.ts'
import { sallyport } from '../../support/cli.ts'
import { folderWith } from '../../support/folder.ts'

/** Processes are started, and whole policies read, on machines that do other work too. */
vi.setConfig({ testTimeout: 60_000 })

const BEFORE = 'test/golden/review/before'
const AFTER = 'test/golden/review/after'
const BAD = 'test/golden/policy/shape'
const FAILING = 'test/golden/test-failures.yaml'

/** The page of a job that runs one command. */
async function pageOf(args: readonly string[]) {
  let page = ''
  const summarize = (markdown: string) => {
    page += markdown
  }
  return { ...(await sallyport(args, { summarize })), page }
}

test.each([
  ['validate', ['validate', BAD], exit.policyDoesNotLoad],
  ['validate-good', ['validate', BEFORE], exit.ok],
  ['test', ['test', FAILING], exit.testFailed],
  ['test-covered', ['test', 'test/golden/test-gaps.yaml', '--min-coverage', '100'], exit.testFailed],
  ['lint', ['lint', 'test/golden/lint'], exit.lintFindings],
  ['diff', ['diff', BEFORE, AFTER, '--fail-on', 'opens'], exit.diffFindings],
])('golden/formats/summary-%s.md', async (name, args, expected) => {
  const { code: exitCode, page } = await pageOf([...args, '--format', 'github'])
  expect(exitCode).toBe(expected)
  await expect(page).toMatchFileSnapshot(`../../golden/formats/summary-${name}.md`)
})

test.each(['text', 'json', 'sarif'])('with --format %s the page stays empty', async (format) => {
  expect((await pageOf(['validate', BAD, '--format', format])).page).toBe('')
})

test('a process adds to the file that GITHUB_STEP_SUMMARY names, and keeps what is there', async () => {
  const folder = await folderWith({ 'summary.md': 'from the step before\n' })
  const summary = join(folder, 'summary.md')
  const main = new URL('../../../src/cli/main.ts', import.meta.url).pathname
  const node = (file: string, format: string) =>
    promisify(execFile)(process.execPath, [main, 'validate', BEFORE, '--format', format], {
      env: { ...process.env, GITHUB_STEP_SUMMARY: file },
    })
  await node(summary, 'github')
  await node(summary, 'text')
  expect(await readFile(summary, 'utf8')).toBe(
    'from the step before\n## sallyport validate: nothing found\n\n',
  )
  const { stderr } = await node(folder, 'github')
  expect(stderr).toMatch(/^sallyport: cannot write the job's summary: EISDIR/)
})

test('diff as annotations: what --fail-on names is an error', async () => {
  const { stdout } = await sallyport(['diff', BEFORE, AFTER, '--format', 'github', '--fail-on', 'opens'])
  const [, log = '', ...commands] = stdout.split(/^::(?:stop-commands::)?(?:07){16}(?:::)?\n/m)
  expect(log).toBe((await sallyport(['diff', BEFORE, AFTER])).stdout)
  expect(commands).toEqual([
    '::error title=sallyport diff%3A opens::4 openings\n' +
      '::warning title=sallyport diff%3A closes::3 closings\n' +
      '::notice title=sallyport diff%3A limits::1 limit change\n',
  ])
  const same = await sallyport(['diff', BEFORE, BEFORE, '--format', 'github'])
  expect(same.stdout).not.toMatch(/^::(?:error|warning|notice)/m)
})

test('what a policy says stays text: no cell ends early, nothing becomes a link or a picture', () => {
  const hostile = 'a | b <img src=x> ![x](http://x) `c` **d**\n| e'
  const [, , row] = markdownTable(['x'], [[cell(hostile)]]).split('\n')
  expect(row).toBe('| a \\| b &lt;img src=x> !\\[x\\](http://x) \\`c\\` \\*\\*d\\*\\*\uFFFD\\| e |')
  expect(code('a|b')).toBe('`a\\|b`')
  expect(code('a`b')).toBe('a\\`b')
})

test('a long table ends in a number', () => {
  const rows = Array.from({ length: 150 }, (_, index) => [String(index)])
  expect(markdownTable(['x'], rows)).toMatch(/\| 99 \|\n\n\.\.\. and 50 more\n$/)
})
