import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exit } from '../../src/cli/exit.ts'
import { sallyport } from '../support/cli.ts'
import { folderWith } from '../support/folder.ts'
import { withBase } from '../support/lint.ts'

const client = (lists: string): string =>
  withBase(`clients:
  importer:
    upstream: shop
    client_id: "importer"
    features: [reader]
${lists}    secrets: upstream
`)

const untidy = client(`    allow_list: [ 2001:DB8:0:0::1,"2001:db8:0005::/48" ] #the hosts


    deny_list:  
      - 2001:0db8:5::-2001:DB8:5::f
      - 192.0.2.9/24
      - "::FFFF:192.0.2.1"
`)
const tidy = client(`    allow_list: [2001:db8::1, "2001:db8:5::/48"] # the hosts

    deny_list:
      - 2001:db8:5::-2001:db8:5::f
      - 192.0.2.9/24
      - "::FFFF:192.0.2.1"
`)

test('fmt writes the tidy text, and then there is nothing to do', async () => {
  const dir = await folderWith({ 'policy.yaml': untidy })
  const file = join(dir, 'policy.yaml')
  expect(await sallyport(['fmt', dir])).toEqual({
    code: exit.ok,
    stdout: `${file}\ntidied 1 file of 1 file\n`,
    stderr: '',
  })
  expect(readFileSync(file, 'utf8')).toBe(tidy)
  for (const more of [[], ['--check'], ['--diff']]) {
    expect(await sallyport(['fmt', dir, ...more])).toEqual({
      code: exit.ok,
      stdout: 'ok  1 file tidy\n',
      stderr: '',
    })
  }
})

test('--check fails and --diff shows the lines; neither writes', async () => {
  const dir = await folderWith({
    'a.yaml': tidy,
    'b.yaml': 'policy_format: 1\n\n\n\nnetworks: {home: [192.0.2.1]}',
  })
  const file = join(dir, 'b.yaml')
  const summary = '1 file of 2 files not tidy\n'
  expect(await sallyport(['fmt', dir, '--check'])).toEqual({
    code: exit.lintFindings,
    stdout: `${file}\n${summary}`,
    stderr: '',
  })
  expect(await sallyport(['fmt', dir, '--diff'])).toEqual({
    code: exit.ok,
    stdout: `${file}
  3 - 
  4 - 
  5 - networks: {home: [192.0.2.1]}
  5 + networks: { home: [192.0.2.1] }

${summary}`,
    stderr: '',
  })
  expect(readFileSync(file, 'utf8')).toContain('{home')
})

test('a policy that does not load is left alone', async () => {
  const dir = await folderWith({ 'policy.yaml': 'policy_format: 1  \nnetwork: {}\n' })
  expect((await sallyport(['fmt', dir])).code).toBe(exit.policyDoesNotLoad)
  expect(readFileSync(join(dir, 'policy.yaml'), 'utf8')).toBe('policy_format: 1  \nnetwork: {}\n')
})
