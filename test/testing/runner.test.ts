/** What the caller of a policy test is on each kind of route, and what comes out. */
import { describe, expect, test } from 'vitest'
import type { PolicyTest } from '../../src/policy/test-case.ts'
import { policyRunner } from '../../src/testing/runner.ts'
import { allowed, type Caller, cell, listAnswer, loaded, request, shop } from './shop.ts'

const { policy } = await loaded(shop)
const { run } = policyRunner(policy)

/** The decision of the only case: `allowed`, or the reason. */
async function outcome(of: PolicyTest): Promise<string> {
  const [result] = await run(of)
  if (result === undefined) return 'no case'
  return result.decision.allowed ? 'allowed' : result.decision.denial.reason
}

const clerk = { client: 'clerk', from: '192.168.0.1' }
const provisioner = { client: 'provisioner', from: '203.0.113.17' }

const callers: readonly [request: string, who: Caller, outcome: string][] = [
  // basic
  ['GET /shop/items', clerk, 'allowed'],
  ['HEAD /shop/items/7', clerk, 'allowed'],
  ['POST /shop/items', clerk, 'feature_missing'],
  ['GET /shop/items', { client: 'clerk', from: '192.168.44.44' }, 'address_not_allowed'],
  ['GET /shop/items', { client: 'clerk', from: '192.168.3.4' }, 'address_denied'],
  ['GET /shop/items', {}, 'credentials_missing'],
  // A secret that ran out long ago: dates are not what policy tests are about.
  ['POST /shop/items', { client: 'manager' }, 'allowed'],
  ['GET /shop/items', { client: 'browser' }, 'credentials_invalid'],
  ['GET /shop/items', { client: 'retired' }, 'client_disabled'],
  ['GET /shop/items', provisioner, 'credentials_invalid'],
  ['GET /shop/items', { token: 'hooks' }, 'credentials_invalid'],
  ['GET /shop/items', { client: 'manager', token: 'hooks' }, 'allowed'],
  ['GET /shop/notes/a/b', { client: 'clerk', from: '192.168.44.44' }, 'allowed'],
  ['POST /forms/send', { client: 'importer' }, 'allowed'],
  ['POST /forms/send', {}, 'credentials_missing'],
  // client_id
  ['POST /shop/login', { client: 'browser' }, 'allowed'],
  ['POST /shop/login?lang=en', { client: 'clerk' }, 'feature_missing'],
  ['POST /shop/login?client_id=clerk-0001', { client: 'browser' }, 'credentials_ambiguous'],
  ['POST /shop/login', {}, 'credentials_missing'],
  ['POST /shop/login', { token: 'hooks' }, 'credentials_missing'],
  // tokens that name no client
  ['GET /shop/hooks', { token: 'hooks', scopes: ['hooks.read'] }, 'allowed'],
  ['GET /shop/hooks', { scopes: ['other', 'hooks.manage'] }, 'allowed'],
  ['POST /shop/hooks', { token: 'hooks', scopes: ['hooks.read'] }, 'scope_missing'],
  ['POST /shop/hooks', { token: 'hooks' }, 'scope_missing'],
  ['DELETE /shop/hooks', { token: 'hooks' }, 'allowed'],
  ['DELETE /shop/hooks', { token: 'users' }, 'credentials_invalid'],
  ['DELETE /shop/hooks', { token: 'upstream' }, 'credentials_invalid'],
  ['DELETE /shop/hooks', clerk, 'credentials_invalid'],
  ['DELETE /shop/hooks', { client: 'clerk', scopes: [] }, 'allowed'],
  ['DELETE /shop/hooks', {}, 'credentials_missing'],
  // tokens that name their client
  ['GET /users/list', provisioner, 'allowed'],
  ['GET /users/list', { ...provisioner, from: '203.0.113.33' }, 'address_not_allowed'],
  ['GET /users/list', { ...provisioner, token: 'users', scopes: [] }, 'allowed'],
  ['GET /users/list', { token: 'users' }, 'credentials_invalid'],
  ['GET /users/list', { scopes: ['users.read'] }, 'allowed'],
  ['GET /users/list', { scopes: ['users.write'] }, 'feature_missing'],
  ['GET /users/list', clerk, 'credentials_invalid'],
  ['GET /users/list', {}, 'credentials_missing'],
  // tokens that the upstream checks
  ['POST /shop/relay', { token: 'upstream' }, 'allowed'],
  ['POST /shop/relay', { token: 'hooks' }, 'allowed'],
  ['POST /shop/relay', { client: 'browser' }, 'allowed'],
  ['POST /shop/relay', {}, 'credentials_missing'],
  // none
  ['GET /shop/page', {}, 'allowed'],
  ['GET /shop/page', clerk, 'allowed'],
  // before the caller matters
  ['GET /shop/nothing', clerk, 'unknown_route'],
  ['PUT /shop/items', clerk, 'method_not_allowed'],
  ['GET /shop//items', clerk, 'bad_path'],
  ['GET /walled/inner', {}, 'unknown_route'],
  ['GET https://walled.example/walled/inner', { from: '192.0.2.1' }, 'address_not_allowed'],
  ['GET https://walled.example/walled/inner', { from: '198.51.100.3' }, 'address_denied'],
  ['GET https://walled.example/walled/inner', { from: '198.51.100.17' }, 'credentials_missing'],
]

test.each(callers)('%s as %o: %s', async (text, who, expected) => {
  expect(await outcome(allowed(text, who))).toBe(expected)
})

describe('a row of a table is a client with just that feature', () => {
  test.each([
    ['reader', 'GET /shop/items', 'allowed'],
    ['reader', 'POST /shop/items', 'feature_missing'],
    ['login', 'POST /shop/login', 'allowed'],
    ['reader', 'POST /shop/login', 'feature_missing'],
    ['readUsers', 'GET /users/list', 'allowed'],
    ['reader', 'GET https://walled.example/walled/inner', 'allowed'],
    ['reader', 'POST /shop/relay', 'allowed'],
    ['reader', 'GET /shop/page', 'allowed'],
    ['reader', 'POST /forms/send', 'allowed'],
  ])('%s, %s: %s', async (feature, text, expected) => {
    expect(await outcome(cell(feature, text, 'allowed'))).toBe(expected)
  })

  test('a cross is a missing feature and no other denial', async () => {
    const [missing] = await run(cell('reader', 'POST /shop/items', 'denied'))
    const [refused] = await run(cell('reader', 'DELETE /shop/hooks', 'denied'))
    expect([missing?.passed, refused?.passed]).toEqual([true, false])
  })

  test('a cell that says neither yes nor no is no case', async () => {
    expect(await run(cell('reader', 'GET /shop/items', 'unchecked'))).toEqual([])
  })
})

describe('an answer about the allow list', () => {
  test.each([
    ['GET /shop/items', true],
    ['POST /shop/items', true],
    ['GET /shop/notes/a', false],
    ['POST /shop/login', false],
    ['GET /shop/hooks', false],
    ['DELETE /shop/hooks', false],
    ['POST /shop/relay', false],
    ['GET /shop/page', false],
    ['POST /forms/send', true],
    ['GET /users/list', true],
    ['GET https://walled.example/walled/inner', true],
  ])('%s: %s, and not the other', async (text, respects) => {
    const [right] = await run(listAnswer(text, respects))
    const [wrong] = await run(listAnswer(text, !respects))
    expect([right?.passed, wrong?.passed]).toEqual([true, false])
  })

  test('what no caller reaches respects no list', async () => {
    const [yes] = await run(listAnswer('GET /shop/nothing', true))
    const [no] = await run(listAnswer('GET /shop/nothing', false))
    expect([yes?.passed, no?.passed]).toEqual([false, false])
  })
})

test('only the reason that is named is the right one', async () => {
  const tested = (reason: 'feature_missing' | 'scope_missing'): PolicyTest => ({
    ...allowed('', clerk),
    allowed: [],
    denied: [{ reason, request: request('POST /shop/items') }],
  })
  const [right] = await run(tested('feature_missing'))
  const [wrong] = await run(tested('scope_missing'))
  expect([right?.passed, wrong?.passed]).toEqual([true, false])
})

test('thousands of cells take no key, no hash and no new decision function', async () => {
  const text = 'GET /shop/items'
  const cells = cell('reader', text, 'allowed').cells.flatMap((each) => Array(5000).fill(each))
  const results = await run({ ...cell('reader', text, 'allowed'), cells })
  expect(results.filter(({ passed }) => passed)).toHaveLength(5000)
})
