import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { exit } from '../../src/cli/exit.ts'
import { sallyport } from '../support/cli.ts'
import { folderWith } from '../support/folder.ts'

const SHOP = 'test/golden/openapi/shop.yaml'

const importing = (...args: string[]) => sallyport(['import', 'openapi', ...args])

test('a draft as it was reviewed', async () => {
  const { code, stdout } = await importing(SHOP)
  expect(code).toBe(exit.ok)
  await expect(stdout).toMatchFileSnapshot('../golden/openapi/shop.txt')
})

test('JSON gives the same draft as YAML', async () => {
  const folder = await folderWith({
    'shop.json': JSON.stringify(parse(await readFile(SHOP, 'utf8')), undefined, '\t'),
  })
  const [yaml, json] = [await importing(SHOP), await importing(join(folder, 'shop.json'))]
  expect(json).toEqual(yaml)
})

test('a draft does not validate, and what is open is said', async () => {
  const { stdout } = await importing(SHOP)
  const folder = await folderWith({ 'shop.yaml': stdout })
  const checked = await sallyport(['validate', folder])
  expect(checked.code).toBe(exit.policyDoesNotLoad)
  expect(checked.stdout).toContain('`TODO` is text, and `respects_allow_list` is true or false')
  expect(checked.stdout).toContain('`why_no_auth` must not be empty')
})

test('no TODO validates, not even the last one', async () => {
  const { stdout } = await importing('--name', 'shop', '--prefix', '/s', SHOP)
  const decided = stdout
    .replaceAll('respects_allow_list: TODO', 'respects_allow_list: false')
    .replaceAll('auth: TODO', 'auth: basic')
    .replaceAll('token: TODO', 'token: upstream')
    .replaceAll('why_no_auth: ""', 'why_no_auth: it says whether the shop is up')
  const rest =
    'policy_format: 1\nrate_groups: { all: { period: 1m, rate: 1, burst: 1, per: address } }\ngateway: { default_rate_group: all }\n'
  const open = await folderWith({ 'shop.yaml': decided, 'gateway.yaml': rest })
  const refused = await sallyport(['validate', open])
  expect(refused.code).toBe(exit.policyDoesNotLoad)
  expect(refused.stdout).toContain('TODO')
  expect(new Set(refused.stdout.match(/P\d{4}/g))).toEqual(new Set(['P0303']))
  const done = decided.replaceAll(/(GET|PUT|POST|DELETE): TODO/g, '$1: anyone')
  await writeFile(join(open, 'shop.yaml'), done)
  const { stdout: all } = await sallyport(['validate', open])
  expect(all).not.toContain('TODO')
})

test('a second import says what is new and what is gone, and writes nothing', async () => {
  const folder = await folderWith({})
  const out = join(folder, 'shop.yaml')
  expect((await importing(SHOP, '--out', out)).stdout).toBe(`wrote ${out}; decide every TODO in it\n`)
  const same = await importing(SHOP, '--out', out)
  expect(same).toMatchObject({
    code: exit.ok,
    stdout: `0 new, 0 gone; ${out} exists, and nothing was written\n`,
  })
  const edited = (await readFile(out, 'utf8')).replace('"/v2/basket"', '"/v2/old/{it}"')
  await writeFile(out, edited)
  const { stdout } = await importing(SHOP, '--out', out)
  expect(stdout).toBe(
    `new   GET /v2/basket\ngone  GET /v2/old/{it}\n1 new, 1 gone; ${out} exists, and nothing was written\n`,
  )
  expect(await readFile(out, 'utf8')).toBe(edited)
})

test.each([
  { name: 'Swagger 2', text: 'swagger: "2.0"\npaths: {}', says: '`openapi: 3.x` is missing' },
  { name: 'a list', text: '- 1', says: 'not an OpenAPI document' },
  { name: 'no YAML', text: 'a: [', says: 'cannot read' },
  { name: 'no paths', text: 'openapi: 3.0.0', says: 'no `paths`' },
  { name: 'aliases that grow', text: bomb(), says: 'cannot read' },
])('$name is not read: $says', async ({ text, says }) => {
  const folder = await folderWith({ 'api.yaml': text })
  const { code, stdout, stderr } = await importing(join(folder, 'api.yaml'))
  expect({ code, stdout }).toEqual({ code: exit.toolFailed, stdout: '' })
  expect(stderr).toContain(says)
})

function bomb(): string {
  const lines = ['a0: &a0 [x, x]']
  for (let n = 1; n < 30; n++) lines.push(`a${n}: &a${n} [*a${n - 1}, *a${n - 1}]`)
  return lines.join('\n')
}

test('references that go in a circle end', async () => {
  const folder = await folderWith({
    'api.yaml': 'openapi: 3.0.0\npaths:\n  /a: { $ref: "#/paths/~1b" }\n  /b: { $ref: "#/paths/~1a" }\n',
  })
  const { code, stdout } = await importing(join(folder, 'api.yaml'))
  expect(code).toBe(exit.ok)
  expect(stdout).toContain('/a: only references inside the document are followed')
})

test.each([
  ['--name', '1x', '--name takes a letter'],
  ['--prefix', 'x', '--prefix begins with a slash'],
])('%s %s is refused', async (option, value, says) => {
  const { code, stderr } = await importing(SHOP, option, value)
  expect(code).toBe(exit.wrongCommandLine)
  expect(stderr).toContain(says)
})
