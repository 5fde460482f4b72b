import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exit } from '../../src/cli/exit.ts'
import { sallyport } from '../support/cli.ts'
import { folderWith } from '../support/folder.ts'
import { GOLDEN, reviewed } from '../support/golden.ts'
import { shippedPack } from '../support/packs.ts'
import { trialYaml } from '../support/trial-policy.ts'

const good = join(GOLDEN, 'good')

test('the tables of a policy, as they were reviewed', async () => {
  const { code, stdout } = await sallyport(['docs', good])
  expect(code).toBe(exit.ok)
  expect(stdout).toBe(reviewed('../docs.txt', stdout))
})

test('a table says what of it is tried out', async () => {
  const { stdout } = await sallyport([
    'docs',
    await folderWith(trialYaml('report_only: { until: 2027-02-01 }')),
  ])
  const firstCells = stdout.split('\n').map((line) => line.split(' | ')[0])
  expect(firstCells).toContain('| tried (report only until 2027-02-01)')
  expect(firstCells).toContain('| plain')
  expect(firstCells).toContain('| fewer (report only until 2027-02-01)')
})

test('--out writes what stdout would show', async () => {
  const dir = await folderWith({})
  const file = join(dir, 'permissions.md')
  expect(await sallyport(['docs', good, '--out', file])).toEqual({ code: exit.ok, stdout: '', stderr: '' })
  expect(readFileSync(file, 'utf8')).toBe((await sallyport(['docs', good])).stdout)
  const { code, stderr } = await sallyport(['docs', good, '--out', join(dir, 'missing', 'x.md')])
  expect([code, stderr.startsWith('sallyport: cannot write ')]).toEqual([exit.toolFailed, true])
})

test('every row has the cells of its table, whatever is in the policy', async () => {
  const { stdout } = await sallyport(['docs', 'policies'])
  for (const block of stdout.split('\n\n').filter((text) => text.startsWith('| '))) {
    const widths = new Set(
      block
        .trim()
        .split('\n')
        .map((line) => line.split(/(?<!\\)\|/).length),
    )
    expect(widths.size).toBe(1)
  }
})

test('a cell of the Akamai table is a tick where the pack’s own tests say allowed', async () => {
  const { stdout } = await sallyport(['docs', 'policies'])
  const { tests, routed, prefix } = await shippedPack('akamai', 'akamai')
  const rows = stdout.split('\n').map((line) => line.split(' | '))
  const titles = rows.find(([first, second]) => first === '| Route' && second === 'Method') ?? []
  const cells = tests.flatMap((each) => (each.kind === 'table' ? each.cells : []))
  const compared = cells.flatMap(({ feature, expect: expected, request }) => {
    if (request === undefined || expected === 'unchecked') return []
    const route = routed(request.path.slice(prefix.length)).route.id.replace('akamai/', '')
    const row = rows.find(([first, method]) => first === `| ${route}` && method === request.method)
    return [[row?.[titles.indexOf(feature)], expected === 'allowed' ? '✓' : '✗']]
  })
  expect(compared.length).toBeGreaterThan(50)
  for (const [mark, expected] of compared) expect(mark).toBe(expected)
})
