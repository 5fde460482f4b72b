import { expect, test } from 'vitest'
import type { Invariant } from '../../src/policy/test-case.ts'
import { type Breach, checkInvariants } from '../../src/testing/invariants.ts'
import { TEST_NOW } from '../../src/testing/trial.ts'
import { loaded, request, shop } from './shop.ts'

const { policy } = await loaded(shop)

const { place } = request('GET /')

type Kinds = NonNullable<Invariant['authWithin']>['kinds']

/** The breaches as a person would name them. */
function breaches(requests: readonly string[], within: { callers?: string[]; auth?: Kinds }): string[] {
  const invariant: Invariant = {
    name: 'holds',
    place,
    requests: requests.map((text) => {
      const [path = '', method] = text.split(' ').toReversed()
      return { text, method, path, place }
    }),
    callersWithin: within.callers && { words: within.callers, place },
    authWithin: within.auth && { kinds: within.auth, place },
  }
  const [result] = checkInvariants([invariant], policy, TEST_NOW)
  return (result?.breaches ?? []).map(textOf)
}

function textOf(breach: Breach): string {
  switch (breach.kind) {
    case 'callers':
      return `${breach.method} ${breach.route.id}: ${breach.outside.join(' ')}`
    case 'auth':
      return `${breach.route.id}: ${breach.route.auth}`
    case 'no_route':
      return `no route: ${breach.request.text}`
  }
}

test.each<[string[], string[], string[]]>([
  [['/shop/items'], ['reader', 'writer'], []],
  [['/shop/items'], ['writer'], ['GET shop/items: reader']],
  [['POST /shop/items'], ['writer'], []],
  [['HEAD /shop/items'], ['writer'], ['GET shop/items: reader']],
  [['PUT /shop/items'], ['writer'], ['no route: PUT /shop/items']],
  [['/shop/items', '/shop/items/*'], ['writer'], ['GET shop/items: reader']],
  [['/shop/*'], ['authenticated'], ['GET shop/page: anyone']],
  [['/shop/**'], ['anyone'], []],
  [['/shop/relay'], ['writer'], ['POST shop/relay: authenticated']],
  [['GET /shop/hooks'], ['scope:hooks.read'], ['GET shop/hooks: scope:hooks.manage']],
  [['GET /shop/hooks'], ['scope:hooks.read', 'scope:hooks.manage'], []],
  [['/users/**'], ['manageUsers'], ['GET users/list: readUsers scope:users.read']],
  [['/walled/inner'], ['reader'], []],
  [['/shop/itemz', '/shop/items/**'], ['reader', 'writer'], ['no route: /shop/itemz']],
])('%j within %j: %j', (requests, callers, expected) => {
  expect(breaches(requests, { callers })).toEqual(expected)
})

test.each<[string[], Kinds, string[]]>([
  [['/shop/items', '/forms/*'], ['basic'], []],
  [['/shop/*'], ['basic', 'token'], ['shop/login: client_id', 'shop/page: none']],
  [['POST /shop/*'], ['basic', 'client_id'], ['shop/hooks: token', 'shop/relay: token']],
])('%j with %j: %j', (requests, auth, expected) => {
  expect(breaches(requests, { auth })).toEqual(expected)
})

test('callers and authentication are broken one by one', () => {
  expect(breaches(['/shop/page'], { callers: ['reader'], auth: ['basic'] })).toEqual([
    'GET shop/page: anyone',
    'shop/page: none',
  ])
})
