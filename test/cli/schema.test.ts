import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sallyport } from '../support/cli.ts'
import { folderWith } from '../support/folder.ts'

test('prints the schema, or writes it', async () => {
  const printed = await sallyport(['schema'])
  const out = join(await folderWith({}), 'sub/policy.json')
  const written = await sallyport(['schema', '--out', out])
  expect([printed.code, written.code]).toEqual([0, 0])
  expect(written.stdout).toBe(`wrote ${out}\n`)
  expect(await readFile(out, 'utf8')).toBe(printed.stdout)
})

test('the schema beside the policies is the one of this version', async () => {
  const { stdout } = await sallyport(['schema'])
  expect(await readFile(join(import.meta.dirname, '../../policies/.schema/policy-v1.json'), 'utf8')).toBe(
    stdout,
  )
})
