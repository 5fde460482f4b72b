import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { exit } from '../../src/cli/exit.ts'
import { compileTexts } from '../../src/policy/compile.ts'
import { sallyport } from '../support/cli.ts'

test('the secret is printed, and what to paste has its hash and not the secret', async () => {
  const { code, stdout, stderr } = await sallyport([
    'client',
    'new-secret',
    'crm-sync',
    '--expires',
    '2027-03-01',
  ])
  const secret = Buffer.from(new Uint8Array(32).fill(7)).toString('base64url')
  const hash = createHash('sha256').update(secret).digest('hex')
  expect({ code, stderr }).toEqual({ code: exit.ok, stderr: '' })
  expect(stdout.split(secret)).toHaveLength(2)
  expect(stdout).toContain(
    `- hash: sha256:${hash}\n        generated_bits: 256\n        expires: 2027-03-01\n`,
  )
})

test('what is pasted loads', async () => {
  const { stdout } = await sallyport(['client', 'new-secret', 'crm-sync'])
  const pasted = stdout.slice(stdout.indexOf('    secrets:'))
  const { policy, problems } = await compileTexts({
    'a.yaml': `policy_format: 1
upstream: { name: api, title: x, prefix: /x, origin: "https://x.example" }
clients:
  crm-sync:
    upstream: api
    client_id: "c"
    allow_list: any
${pasted}`,
  })
  expect(problems).toEqual([])
  expect(policy?.clients[0]?.secrets).toMatchObject([{ expires: Date.UTC(2027, 1, 20) }])
})

test.each([
  ['2026-11-22', 'is not in the future'],
  ['2027-02-30', 'is no date'],
  ['tomorrow', 'is no date'],
  ['2027-03-01T00:00:00Z', 'is no date'],
])('--expires %s %s', async (date, why) => {
  const { code, stdout, stderr } = await sallyport(['client', 'new-secret', 'crm-sync', '--expires', date])
  expect({ code, stdout }).toEqual({ code: exit.wrongCommandLine, stdout: '' })
  expect(stderr).toContain(why)
})
