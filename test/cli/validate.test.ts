import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exit } from '../../src/cli/exit.ts'
import { sallyport } from '../support/cli.ts'
import { folderWith } from '../support/folder.ts'
import { GOLDEN } from '../support/golden.ts'

const good = join(GOLDEN, 'good')

test('a good policy is summed up in one line', async () => {
  expect(await sallyport(['validate', good])).toEqual({
    code: exit.ok,
    stdout: 'ok  5 files: 2 upstreams, 5 routes, 3 clients, 4 rate groups, 4 tests, 1 invariant  (0.0 s)\n',
    stderr: '',
  })
})

test.each(['shape', 'meaning', 'duplicates'])('the problems of %s, as in its golden file', async (name) => {
  const { code, stdout } = await sallyport(['validate', join(GOLDEN, name)])
  expect(code).toBe(exit.policyDoesNotLoad)
  expect(stdout.replaceAll(`${GOLDEN}/`, '')).toBe(readFileSync(join(GOLDEN, `${name}.txt`), 'utf8'))
})

test('colours on a terminal, and the same words', async () => {
  const plain = await sallyport(['validate', join(GOLDEN, 'shape')])
  const colored = await sallyport(['validate', join(GOLDEN, 'shape')], { color: true })
  expect(colored.stdout).toContain('\u001B[31merror\u001B[39m')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the control sequences are what is taken away
  expect(colored.stdout.replace(/\u001B\[\d+m/g, '')).toBe(plain.stdout)
})

test('no files: not found is not the same as nothing wrong', async () => {
  const empty = await folderWith({ 'notes.txt': 'no policy', '.hidden.yaml': 'x', '.schema/x.yaml': 'x' })
  for (const dir of [empty, join(empty, 'missing')]) {
    expect(await sallyport(['validate', dir])).toEqual({
      code: exit.noPolicyFiles,
      stdout: '',
      stderr: `sallyport: no policy files (*.yaml) in ${dir}\n`,
    })
  }
})

test('a .yml file is refused and not overlooked', async () => {
  const dir = await folderWith({ 'a.yaml': 'policy_format: 1\n', 'deny.yml': 'policy_format: 1\n' })
  const { code, stdout } = await sallyport(['validate', dir])
  expect(code).toBe(exit.policyDoesNotLoad)
  expect(stdout).toContain(`error P0007  ${dir}/deny.yml:1:1`)
  expect(stdout).toContain('1 error in 1 of 2 files')
})

test('several folders are one policy, and a file that two of them reach is read once', async () => {
  const clients = 'clients: { c: { upstream: api, client_id: "c", allow_list: any, secrets: none } }\n'
  const base = await folderWith({
    'up.yaml':
      'policy_format: 1\nupstream: { name: api, title: x, prefix: /x, origin: "https://x.example" }\n',
  })
  const over = await folderWith({ 'sub/clients.yaml': `policy_format: 1\n${clients}` })
  const { code, stdout } = await sallyport(['validate', base, over, join(over, 'sub')])
  expect(stdout).toMatch(/^ok {2}2 files: 1 upstream, 0 routes, 1 client,/)
  expect(code).toBe(exit.ok)
})
