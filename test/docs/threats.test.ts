/** docs/threats.md against what there is: the tests that it names, and the rows that `attack` tries. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { attacksOn } from '../../src/attack/corpus/all.ts'
import { sceneOf } from '../../src/attack/scene.ts'
import { rangeOfTest } from '../support/range.ts'

const page = readFileSync('docs/threats.md', 'utf8')
const rows = [...page.matchAll(/^\| ([A-Z][0-9]+) \|.*\| ([^|]*) \|$/gm)].map(([, row = '', tests = '']) => ({
  row,
  tests: [...tests.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
}))

const { policy, inside } = await rangeOfTest()
const scene = await sceneOf(policy, { ...inside, seenAs: undefined, canary: undefined, now: Date.now() })
const tried = new Set((await attacksOn(scene, 'gw.example')).map(({ row }) => row))

test('every row that is tried stands on the page', () => {
  expect([...tried].filter((row) => !rows.some((each) => each.row === row))).toEqual([])
})

test('no row stands there twice', () => {
  const names = rows.map(({ row }) => row)
  expect(names.length).toBeGreaterThan(70)
  expect(names.filter((row, at) => names.indexOf(row) !== at)).toEqual([])
})

test.each(rows)('$row names tests that are there', ({ tests }) => {
  expect(tests.length).toBeGreaterThan(0)
  expect(tests.filter((name) => !isThere(name))).toEqual([])
})

test.each(rows.filter(({ tests }) => tests.includes('e2e/attack')))('$row is tried', ({ row }) => {
  expect(tried).toContain(row)
})

/** A test file, a suite or a list of cases below `test/`, or a folder with tests. */
function isThere(name: string): boolean {
  const at = join('test', name)
  if ([`${at}.test.ts`, `${at}.ts`].some((path) => existsSync(path))) return true
  const found = statSync(at, { throwIfNoEntry: false })
  return found?.isDirectory()
    ? readdirSync(at).some((file) => file.endsWith('.test.ts'))
    : found !== undefined
}
