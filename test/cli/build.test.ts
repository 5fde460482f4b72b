import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exit } from '../../src/cli/exit.ts'
import { compilePolicy } from '../../src/cli/policy.ts'
import { demoSecrets } from '../../src/policy/demo-secrets.ts'
import { readPolicy } from '../../src/policy/written.ts'
import { sallyport } from '../support/cli.ts'
import { folderWith } from '../support/folder.ts'
import { GOLDEN } from '../support/golden.ts'

test('writes the compiled policy, and says its digest', async () => {
  const out = join(await folderWith({}), 'build/policy.json')
  const { policy } = await compilePolicy([join(GOLDEN, 'good')])
  expect(await sallyport(['build', join(GOLDEN, 'good'), '--out', out])).toEqual({
    code: exit.ok,
    stdout: `wrote ${out}  ${policy?.digest}\n`,
    stderr: '',
  })
  expect(readPolicy(await readFile(out, 'utf8'))).toEqual(policy)
})

test('writes nothing for a policy that does not load', async () => {
  const out = join(await folderWith({}), 'policy.json')
  const { code } = await sallyport(['build', join(GOLDEN, 'shape'), '--out', out])
  expect(code).toBe(exit.policyDoesNotLoad)
  await expect(stat(out)).rejects.toThrow()
})

test('a file that cannot be written is a failure of the tool', async () => {
  const dir = await folderWith({ file: '' })
  const { code, stderr } = await sallyport([
    'build',
    join(GOLDEN, 'good'),
    '--out',
    join(dir, 'file/policy.json'),
  ])
  expect(code).toBe(exit.toolFailed)
  expect(stderr).toContain('cannot write')
})

test('the published secrets are the hashes of their texts', async () => {
  for (const [hash, text] of demoSecrets) {
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
    expect(hash).toBe(`sha256:${Buffer.from(digest).toString('hex')}`)
    expect(text).toMatch(/^demo-[a-z]+-secret-0123456789abcdef$/)
  }
})

test.each([...demoSecrets.keys()])(
  'a client with the published %s is not built, unless for the demonstration',
  async (hash) => {
    const dir = await folderWith({
      'a.yaml': `policy_format: 1
upstream: { name: api, title: x, prefix: /x, origin: "https://x.example" }
clients:
  c:
    upstream: api
    client_id: "c"
    allow_list: any
    secrets: [{ hash: "${hash}", generated_bits: 128, expires: 2027-03-01 }]
`,
    })
    const out = join(dir, 'policy.json')
    const refused = await sallyport(['build', dir, '--out', out])
    expect(refused.code).toBe(exit.policyDoesNotLoad)
    expect(refused.stdout).toContain(`error P0601  ${dir}/a.yaml:8:23`)
    await expect(stat(out)).rejects.toThrow()
    expect((await sallyport(['build', dir, '--out', out, '--demo'])).code).toBe(exit.ok)
    expect((await sallyport(['validate', dir])).code).toBe(exit.ok)
  },
)
