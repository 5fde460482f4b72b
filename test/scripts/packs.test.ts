/** docs/packs.md is what its script writes, and no operation of any vendor is missing. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { countPacks, PACKS_DOCUMENT, type PackCount, packsDocument } from '../../scripts/packs.ts'

const packs = await countPacks()

test('no operation of a vendor’s list is without its route', () => {
  expect(packs.map(({ name, missing }) => ({ name, missing }))).toEqual(
    ['akamai', 'app-id', 'cloudentity', 'verify'].map((name) => ({ name, missing: [] })),
  )
})

test('writing the document again changes nothing', () => {
  expect(packsDocument(packs)).toBe(readFileSync(PACKS_DOCUMENT, 'utf8'))
})

test('every operation is counted under one kind of authentication', () => {
  for (const { operations, byAuth } of packs) {
    expect([...byAuth.values()].reduce((sum, count) => sum + count, 0)).toBe(operations.length)
  }
})

test('an operation without a route is named, and not counted as covered', () => {
  const pack: PackCount = {
    name: 'shop',
    prefix: '/shop',
    file: 'shop',
    operations: ['GET /a', 'GET /b'],
    missing: ['GET /b'],
    byAuth: new Map([['none', 1]]),
    respectingLists: 0,
    routes: 1,
    paths: 1,
    pairs: 1,
  }
  const text = packsDocument([pack])
  expect(text).toContain('| [shop](shop.md) | `/shop` | 2 | 1 | 1 | 1 | 1 | 1 |')
  expect(text).toContain('- shop: `GET /b`')
  expect(text).not.toContain('None is missing')
})
