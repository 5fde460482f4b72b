import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { exit } from '../../src/cli/exit.ts'
import { sallyport } from '../support/cli.ts'

test('exit codes are those that scripts rely on', () => {
  expect(exit).toEqual({
    ok: 0,
    toolFailed: 1,
    wrongCommandLine: 2,
    policyDoesNotLoad: 3,
    testFailed: 4,
    lintFindings: 5,
    diffFindings: 6,
    noPolicyFiles: 7,
  })
})

test.each([
  { args: ['vlidate'], says: 'Did you mean validate?' },
  { args: ['nonsense'], says: "unknown command 'nonsense'" },
  { args: ['validate', '--colour'], says: "unknown option '--colour'" },
  { args: ['build', 'policies'], says: "required option '--out <file>' not specified" },
  { args: ['client'], says: 'Usage: sallyport client' },
  { args: ['client', 'new-secret'], says: "missing required argument 'name'" },
  { args: [], says: 'Usage: sallyport' },
])('$args is no command line: exit 2, and a word on stderr', async ({ args, says }) => {
  const { code, stdout, stderr } = await sallyport(args)
  expect({ code, stdout }).toEqual({ code: exit.wrongCommandLine, stdout: '' })
  expect(stderr).toContain(says)
})

test.each([
  'init',
  'validate',
  'build',
  'test',
  'serve',
  'schema',
  'client',
  'client new-secret',
  'import openapi',
])('%s --help has an example that starts with itself', async (verb) => {
  const { code, stdout } = await sallyport([...verb.split(' '), '--help'])
  expect(code).toBe(exit.ok)
  expect(stdout).toMatch(new RegExp(`\\n {2}\\$? ?sallyport ${verb.split(' ')[0]} `))
})

test('a process that is started exits with the code', { timeout: 60_000 }, async () => {
  const node = promisify(execFile)
  const main = new URL('../../src/cli/main.ts', import.meta.url).pathname
  const { stdout } = await node(process.execPath, [main, 'schema'])
  expect(JSON.parse(stdout)).toMatchObject({ type: 'object' })
  await expect(node(process.execPath, [main, 'validate', 'no-such-folder'])).rejects.toMatchObject({
    code: exit.noPolicyFiles,
  })
})
