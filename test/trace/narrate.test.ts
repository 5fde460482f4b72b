/** The steps of decisions in words, with the places that they name. */
import { expect, test } from 'vitest'
import type { PolicyTest } from '../../src/policy/test-case.ts'
import { policyRunner } from '../../src/testing/runner.ts'
import { isWorthTelling, narrate } from '../../src/trace/narrate.ts'
import { traceOf } from '../../src/trace/trace.ts'
import { allowed, type Caller, cell, listAnswer, loaded, shop } from '../testing/shop.ts'

const { policy, sources } = await loaded(shop)
const { run } = policyRunner(policy)

/** `verdict step: words @ file:line`; with `all` also the steps that tests leave out. */
async function told(of: PolicyTest, all = false): Promise<string[]> {
  const [result] = await run(of)
  if (result === undefined) return []
  return traceOf(result.decision, policy)
    .filter((step) => all || isWorthTelling(step))
    .map((step) => {
      const { verdict, step: name, words, place } = narrate(step, sources)
      return `${verdict} ${name}: ${words}${place ? ` @ ${place.file}:${place.line}` : ''}`
    })
}

/** The line of a text in one of the policy's files, for places. */
function at(file: keyof typeof shop, text: string, after = ''): string {
  const from = shop[file].indexOf(after)
  const lines = shop[file].slice(0, shop[file].indexOf(text, from)).split('\n')
  return `@ ${file}:${lines.length}`
}

const inItems = (text: string) => at('shop.yaml', text, '  items:')
const RATE = `may rate: group calls: 600 per 1m, burst 50, mean 400 over 3h, per client ${at('gateway.yaml', 'calls', 'default_rate')}`

test('a request that is let in', async () => {
  expect(await told(allowed('GET /shop/items/7', { client: 'clerk', from: '192.0.2.60' }))).toEqual([
    `pass route: shop/items  /items/{id} ${inItems('items:')}`,
    `pass method: GET ${inItems('callers')}`,
    `pass credentials: basic, client clerk ${at('gateway.yaml', 'clerk:')}`,
    `pass address: 192.0.2.60 is in 192.0.2.56-192.0.2.61 ${at('gateway.yaml', '192.0.2.56')}`,
    `pass features: has reader ${inItems('callers')}`,
    RATE,
  ])
})

test('with every step there is', async () => {
  expect((await told(allowed('GET /shop/page'), true)).map((line) => line.split(':')[0])).toEqual([
    'pass path',
    'pass route',
    'pass method',
    'skip network',
    'skip credentials',
    'skip address',
    'skip features',
    'may rate',
  ])
})

const failures: readonly [what: string, request: string, who: Caller, last: string][] = [
  ['bad path', 'GET /shop//items', {}, 'fail path: /shop//items is not accepted: empty_segment'],
  ['no route', 'GET /shop/itemz', {}, 'fail route: no route matches /shop/itemz'],
  [
    'no such method',
    'PUT /shop/items',
    {},
    `fail method: PUT is not one of GET, POST, HEAD ${inItems('items:')}`,
  ],
  [
    'nothing sent',
    'GET /shop/items',
    {},
    `fail credentials: none sent, and this route asks for basic ${inItems('auth:')}`,
  ],
  [
    'no id sent',
    'POST /shop/login',
    {},
    `fail credentials: none sent, and this route asks for a client_id ${at('shop.yaml', 'auth:', '  login:')}`,
  ],
  [
    'a client of another upstream',
    'GET /shop/items',
    { client: 'importer' },
    `fail credentials: unknown client id ${inItems('auth:')}`,
  ],
  [
    'a disabled client',
    'GET /shop/items',
    { client: 'retired' },
    `fail credentials: retired is disabled ${inItems('auth:')}`,
  ],
  [
    'an address on the deny list',
    'GET /shop/items',
    { client: 'clerk', from: '192.168.3.4' },
    `fail address: 192.168.3.4 is on clerk's deny_list: 192.168.3.0/24 ${at('gateway.yaml', 'deny_list')}`,
  ],
  [
    'an address on no list',
    'GET /shop/items',
    { client: 'clerk', from: '203.0.113.9' },
    `fail address: 203.0.113.9 is on none of clerk's allow_list entries (192.168.0.0/20, 2001:db8:1234::/48, 192.0.2.56-192.0.2.61) ${at('gateway.yaml', '- office')}`,
  ],
  [
    'no address',
    'GET /users/list',
    { client: 'provisioner' },
    `fail address: no readable address, so no list of provisioner admits it ${at('gateway.yaml', '[203.0.113.16/28]')}`,
  ],
  [
    'a missing feature',
    'POST /shop/items',
    { client: 'clerk', from: '192.168.0.1' },
    `fail features: has [reader], needs one of [writer] ${inItems('callers')}`,
  ],
  [
    'a missing scope',
    'POST /shop/hooks',
    { token: 'hooks', scopes: ['hooks.read'] },
    `fail features: has [hooks.read], needs one of [hooks.manage] ${at('shop.yaml', 'callers', '  hooks:\n    paths')}`,
  ],
  [
    'outside of the upstream',
    'GET https://walled.example/walled/inner',
    { from: '192.0.2.1' },
    `fail network: 192.0.2.1 is on none of walled's allow_list entries (198.51.100.0/24) ${at('walled.yaml', '[198.51.100.0/24]')}`,
  ],
  [
    'inside of the upstream and outside of the route',
    'GET https://walled.example/walled/inner',
    { from: '198.51.100.99' },
    `fail network: 198.51.100.99 is on none of walled/inner's allow_list entries (198.51.100.0/27) ${at('walled.yaml', '[198.51.100.0/27]')}`,
  ],
  [
    'denied by the upstream',
    'GET https://walled.example/walled/inner',
    { from: '198.51.100.7' },
    `fail network: 198.51.100.7 is on walled's deny_list: 198.51.100.0/28 ${at('walled.yaml', '[198.51.100.0/28]')}`,
  ],
]

test.each(failures)('%s', async (_, text, who, last) => {
  expect((await told(allowed(text, who))).at(-1)).toBe(last)
})

const passes: readonly [what: string, of: PolicyTest, step: string, told: string][] = [
  [
    'an entry of a named network has the place under networks:',
    allowed('GET /shop/items', { client: 'clerk', from: '2001:db8:1234::9' }),
    'address',
    `pass address: 2001:db8:1234::9 is in 2001:db8:1234::/48 ${at('gateway.yaml', '2001:db8:1234')}`,
  ],
  [
    'any address',
    allowed('GET /shop/items', { client: 'manager' }),
    'address',
    `pass address: allow_list is \`any\` ${at('gateway.yaml', 'any', 'manager')}`,
  ],
  [
    'a client that no file has',
    cell('reader', 'GET /shop/items', 'allowed'),
    'address',
    'pass address: allow_list is `any`',
  ],
  [
    'the list of a client that no file has',
    listAnswer('GET /shop/items', true),
    'address',
    'pass address: 192.0.2.1 is in 192.0.2.1',
  ],
  [
    'lists that the route ignores',
    allowed('GET /shop/notes/a', { client: 'clerk', from: '192.0.2.60' }),
    'address',
    `skip address: this route ignores the allow list ${at('shop.yaml', 'respects', '  notes:')}`,
  ],
  [
    'a token',
    allowed('DELETE /shop/hooks', { token: 'hooks' }),
    'credentials',
    `pass credentials: token of hooks ${at('shop.yaml', 'auth', '  hooks:\n    paths')}`,
  ],
  [
    'a token that names its client',
    allowed('GET /users/list', { client: 'provisioner', from: '203.0.113.17' }),
    'credentials',
    `pass credentials: token of users, client provisioner ${at('gateway.yaml', 'provisioner:')}`,
  ],
  [
    'a token of somebody else',
    allowed('POST /shop/relay', { token: 'upstream' }),
    'credentials',
    `pass credentials: token, which the upstream checks ${at('shop.yaml', 'auth', '  relay:')}`,
  ],
  [
    'every caller who is known',
    allowed('DELETE /shop/hooks', { token: 'hooks' }),
    'features',
    `pass features: open to every authenticated caller ${at('shop.yaml', 'callers', '  hooks:\n    paths')}`,
  ],
  [
    'a scope',
    allowed('GET /shop/hooks', { scopes: ['hooks.manage'] }),
    'features',
    `pass features: has scope hooks.manage ${at('shop.yaml', 'callers', '  hooks:\n    paths')}`,
  ],
  [
    'a rate group that counts early',
    allowed('GET /shop/notes/a', { client: 'manager' }),
    'rate',
    `may rate: group early: 10 per 90s, burst 10, per address and route, before the credentials ${at('shop.yaml', 'rate_group')}`,
  ],
  [
    'the lists of the upstream and the route',
    allowed('GET https://walled.example/walled/inner', { from: '198.51.100.17' }),
    'network',
    `pass network: 198.51.100.17 is in walled's 198.51.100.0/24; 198.51.100.17 is in walled/inner's 198.51.100.0/27 ${at('walled.yaml', '[198.51.100.0/27]')}`,
  ],
]

test.each(passes)('%s', async (_, of, step, line) => {
  expect((await told(of)).filter((each) => each.split(/[ :]/)[1] === step)).toEqual([line])
})

test('a long list is not shown to its end', async () => {
  const entries = Array.from({ length: 20 }, (_, at) => `192.0.2.${at * 2}`)
  const texts = { ...shop, 'gateway.yaml': shop['gateway.yaml'].replace('[203.0.113.16/28]', `[${entries}]`) }
  const other = await loaded(texts)
  const [result] = await policyRunner(other.policy).run(
    allowed('GET /users/list', { client: 'provisioner', from: '203.0.113.9' }),
  )
  const last = result && traceOf(result.decision, other.policy).at(-1)
  expect(last && narrate(last, other.sources).words).toBe(
    "203.0.113.9 is on none of provisioner's allow_list entries " +
      '(192.0.2.0, 192.0.2.2, 192.0.2.4, 192.0.2.6, 192.0.2.8, 192.0.2.10 and 14 more)',
  )
})
