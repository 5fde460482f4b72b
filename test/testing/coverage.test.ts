import { expect, test } from 'vitest'
import type { PolicyTest } from '../../src/policy/test-case.ts'
import { percentage } from '../../src/testing/coverage.ts'
import { runTests } from '../../src/testing/run.ts'
import { allowed, cell, listAnswer, loaded, request, shop } from './shop.ts'

const { policy } = await loaded(shop)

const ALL_PAIRS = 12

const denied = (text: string): PolicyTest => ({
  ...allowed(text),
  allowed: [],
  denied: [{ reason: 'credentials_missing', request: request(text) }],
})

async function missing(tests: readonly PolicyTest[]): Promise<Record<string, readonly string[]>> {
  const { coverage } = await runTests(policy, tests, [])
  return Object.fromEntries(
    coverage.uncovered.map((each) => [`${each.method} ${each.route.id}`, each.missing]),
  )
}

const nothing = await missing([])

test('without tests nothing is covered, and what is open to everybody needs no denial', () => {
  expect(Object.keys(nothing)).toHaveLength(ALL_PAIRS)
  expect(nothing['GET shop/items']).toEqual(['allowed', 'denied'])
  expect(nothing['GET shop/page']).toEqual(['allowed'])
})

test.each<[string, PolicyTest[], string, readonly string[] | undefined]>([
  ['an allowed case', [allowed('GET /shop/items')], 'GET shop/items', ['denied']],
  ['a denied case', [denied('GET /shop/items')], 'GET shop/items', ['allowed']],
  ['both', [allowed('GET /shop/items'), denied('GET /shop/items/7')], 'GET shop/items', undefined],
  ['HEAD, which follows GET', [allowed('HEAD /shop/items')], 'GET shop/items', ['denied']],
  ['another method', [allowed('GET /shop/items')], 'POST shop/items', ['allowed', 'denied']],
  ['a list that is respected', [listAnswer('GET /shop/items', true)], 'GET shop/items', undefined],
  ['a list that is not', [listAnswer('GET /shop/notes/a', false)], 'GET shop/notes', ['denied']],
  ['a cross', [cell('reader', 'POST /shop/items', 'denied')], 'POST shop/items', ['allowed']],
  ['what is open to everybody', [allowed('GET /shop/page')], 'GET shop/page', undefined],
  [
    'a route behind the wall',
    [allowed('GET https://walled.example/walled/inner')],
    'GET walled/inner',
    ['denied'],
  ],
])('%s', async (_, tests, pair, expected) => {
  expect((await missing(tests))[pair]).toEqual(expected)
})

test('a request that meets no route covers none', async () => {
  expect(await missing([allowed('GET /shop/nothing'), denied('PUT /shop/items')])).toEqual(nothing)
})

test('the share is that of pairs with all they need', async () => {
  const { coverage } = await runTests(policy, [allowed('GET /shop/page'), allowed('GET /shop/items')], [])
  expect(coverage).toMatchObject({ pairs: ALL_PAIRS, covered: 1 })
  expect(percentage(coverage)).toBeCloseTo(100 / ALL_PAIRS)
  expect(percentage({ pairs: 0, covered: 0, uncovered: [] })).toBe(100)
})
