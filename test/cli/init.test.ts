import { execFile } from 'node:child_process'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { exit } from '../../src/cli/exit.ts'
import { sallyport } from '../support/cli.ts'
import { folderWith } from '../support/folder.ts'

async function started(): Promise<{ readonly root: string; readonly dir: string }> {
  const root = await folderWith({})
  const dir = join(root, 'policies')
  expect((await sallyport(['init', dir])).code).toBe(exit.ok)
  return { root, dir }
}

test.each([
  [['validate']],
  [['test', '--min-coverage', '100']],
  [['lint', '--fail-on', 'info']],
  [['fmt', '--check']],
])('a new policy passes %j at once', async ([verb = '', ...options]) => {
  const { dir } = await started()
  const { code, stdout } = await sallyport([verb, dir, ...options])
  expect({ code, stdout }).toMatchObject({ code: exit.ok })
})

test('a file that exists is kept, and said', async () => {
  const { root, dir } = await started()
  await writeFile(join(dir, 'clients.yaml'), 'mine')
  const { code, stdout } = await sallyport(['init', dir])
  expect(code).toBe(exit.ok)
  expect(stdout).not.toContain('created')
  expect(stdout).toContain('kept     .vscode/settings.json, which exists\n')
  expect(await readFile(join(dir, 'clients.yaml'), 'utf8')).toBe('mine')
  expect((await stat(join(root, '.githooks/pre-commit'))).mode & 0o111).toBe(0o111)
})

test('the schema is the one of this version, and the editor is told where it is', async () => {
  const { root, dir } = await started()
  const { stdout } = await sallyport(['schema'])
  expect(await readFile(join(dir, '.schema/policy-v1.json'), 'utf8')).toBe(stdout)
  expect(JSON.parse(await readFile(join(root, '.vscode/settings.json'), 'utf8'))).toEqual({
    'yaml.schemas': { './policies/.schema/policy-v1.json': 'policies/**/*.yaml' },
  })
})

test('the hook is a shell script', async () => {
  const { root } = await started()
  await promisify(execFile)('sh', ['-n', join(root, '.githooks/pre-commit')])
})

test('the CI job takes actions by their commit, may only read, and keeps no credentials', async () => {
  const { root } = await started()
  const text = await readFile(join(root, '.github/workflows/policy.yaml'), 'utf8')
  const { permissions, jobs } = parse(text)
  expect(permissions).toEqual({ contents: 'read' })
  const uses = text.split('\n').filter((line) => line.includes('uses:'))
  expect(uses.length).toBeGreaterThan(0)
  // The commit counts, and the comment tells a reader what it is.
  for (const line of uses) expect(line).toMatch(/^ +- uses: actions\/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  const steps: readonly { readonly uses?: string; readonly with?: object }[] = jobs.check.steps
  for (const step of steps.filter((each) => each.uses?.startsWith('actions/checkout@')))
    expect(step.with).toEqual({ 'persist-credentials': false })
  expect(jobs.check.permissions).toBeUndefined()
})

test.each(['.', '..', '/', 'two words', 'a;b'])('`%s` is no name for a new folder', async (name) => {
  const { code, stderr } = await sallyport(['init', name])
  expect(code).toBe(exit.wrongCommandLine)
  expect(stderr).toContain('name of a new folder')
})

test('a folder that cannot be made is the failure of the tool', async () => {
  const root = await folderWith({ policies: 'a file' })
  expect((await sallyport(['init', join(root, 'policies')])).code).toBe(exit.toolFailed)
})
