/** What the pages' examples do not show of the rules. */
import { expect, test } from 'vitest'
import { linted, withBase, withRealAddresses } from '../support/lint.ts'

const found = async (example: string, tests = ''): Promise<string[]> => {
  const { findings } = await linted({ 'policy.yaml': withRealAddresses(withBase(example + tests)) })
  return findings.map(({ code, message }) => `${code} ${message}`).toSorted()
}

const client = (fields: string, name = 'importer'): string => `  ${name}:
    upstream: shop
    client_id: "${name}"
    features: [reader]
    secrets: upstream
${fields}`

const lists: [name: string, fields: string, expected: string[]][] = [
  [
    'a network that is named twice',
    '    allow_list: [office, office]\n',
    ['L104 `office` stands twice in this list'],
  ],
  [
    'a network that one entry covers whole',
    '    allow_list: [office, 198.51.0.0/16, 2001:db8::/32]\n'.replace('198.51.0.0', '51.15.0.0'),
    ['L104 `office` adds nothing: other entries cover it'],
  ],
  [
    'an entry of a network that is written out as well',
    '    allow_list: [office, 198.51.100.7]\n',
    ['L104 198.51.100.7 adds nothing: `office` already covers it'],
  ],
  ['a network of which one entry covers a part', '    allow_list: [office, 51.15.0.0/16]\n', []],
  [
    'an entry that only two others together cover',
    '    allow_list: [192.0.2.0-192.0.2.200, 192.0.2.100-192.0.2.255, 192.0.1.0-192.0.2.150, 2001:db8:5::/48]\n'.replace(
      '192.0.1.0',
      '52.0.1.0',
    ),
    [],
  ],
  [
    'an entry that two deny entries cover between them',
    '    allow_list: [192.0.2.0/24, 2001:db8:5::/48]\n    deny_list: [192.0.2.0/25, 192.0.2.128-192.0.3.9]\n',
    ['L105 192.0.2.0/24 can never be used: the deny_list covers all of it'],
  ],
  [
    'a whole network that is denied',
    '    allow_list: [office, 192.0.2.1]\n    deny_list: [office]\n',
    ['L105 `office` can never be used: deny_list entry `office` covers all of it'],
  ],
  [
    'any, and a deny list',
    '    allow_list: any\n    deny_list: [192.0.2.1, 0.0.0.0/0, 10.0.0.0/8]\n',
    [
      'L104 10.0.0.0/8 adds nothing: 0.0.0.0/0 already covers it',
      'L104 192.0.2.1 adds nothing: 0.0.0.0/0 already covers it',
    ],
  ],
  ['the widest networks that may be', '    allow_list: [20.0.0.0/8, "2a00:e000::/19"]\n', []],
  [
    'and wider ones, as ranges too',
    '    allow_list: [20.0.0.0-21.0.0.0, "2a00:c000::/18"]\n',
    [
      'L102 20.0.0.0-21.0.0.0 is wider than any one holder’s IPv4 network',
      'L102 2a00:c000::/18 is wider than any one holder’s IPv6 network',
    ],
  ],
  [
    'all of IPv6, and not everybody’s Workers besides',
    '    allow_list: ["::/0", 192.0.2.0/24]\n',
    ['L102 ::/0 is every IPv6 address'],
  ],
  [
    'a range that holds the Workers',
    '    allow_list: ["2a06:98c0::/29", 192.0.2.0/24]\n',
    ['L110 2a06:98c0::/29 holds 2a06:98c0:3600::103, the address that everybody’s Workers call from'],
  ],
  [
    'a mapped network',
    '    allow_list: ["::ffff:192.0.2.9/120", 2001:db8:5::/48]\n',
    ['L109 ::ffff:52.0.2.9/120 is written as IPv6 and means the IPv4 network 52.0.2.0/24'],
  ],
]

test.each(lists)('%s', async (_, fields, expected) => {
  expect(await found(`clients:\n${client(fields)}`)).toEqual(
    expected.map((line) => withRealAddresses(line)).toSorted(),
  )
})

test('what is wrong in a network is said there, once, however many lists use it', async () => {
  const policy = `networks:\n  hosts: [10.0.0.9/24, 10.0.0.0/24, 2001:db8:5::/48]\nclients:\n${client('    allow_list: [hosts]\n')}${client('    allow_list: [hosts]\n', 'other')}`
  expect(await found(policy)).toEqual([
    'L104 10.0.0.0/24 means the same as 10.0.0.9/24',
    'L106 10.0.0.9/24 has host bits set; it means 10.0.0.0/24',
    'L108 10.0.0.0/24 is private (10.0.0.0/8); no request from the internet has such an address',
    'L108 10.0.0.9/24 is private (10.0.0.0/8); no request from the internet has such an address',
  ])
})

const route = (name: string, path: string, more: string): string => `  ${name}:
    paths: ["${path}"]
    respects_allow_list: false
${more}`

test('the lists of a route are looked at too, and a deny list alone has nothing to be compared with', async () => {
  const own = '    auth: none\n    why_no_auth: public\n    callers: { GET: anyone }\n'
  expect(await found(`routes:\n${route('a', '/a', `${own}    allow_list: [192.0.2.1]\n`)}`)).toEqual([
    'L103 route `shop/a` lists IPv4 addresses only, so every caller over IPv6 is denied',
  ])
  expect(await found(`routes:\n${route('a', '/a', `${own}    deny_list: [192.0.2.1]\n`)}`)).toEqual([])
})

test('the same id at two upstreams', async () => {
  const shop = withRealAddresses(withBase(''))
  const other = `policy_format: 1
upstream: { name: depot, title: Depot, prefix: /depot, origin: "https://depot.example" }
routes:
  all: { paths: [/all], auth: basic, respects_allow_list: true, callers: { GET: authenticated } }
clients:
  twin: { upstream: depot, client_id: "billing", allow_list: any, secrets: upstream }
`
  const { findings } = await linted({ 'shop.yaml': shop, 'depot.yaml': other })
  expect(findings.map(({ code, message }) => `${code} ${message}`)).toEqual([
    'L306 `billing` and `twin` have the same client id',
  ])
})

test('a public client reaches no route that asks for a secret', async () => {
  const open =
    'clients:\n  web: { upstream: shop, client_id: "web", features: [reader], allow_list: any, secrets: none }\n'
  expect(await found(open)).toEqual(['L201 no route lets `web` in'])
  const off = open.replace('allow_list', 'enabled: false, allow_list')
  expect(await found(off)).toEqual([])
})

test('features that routes ask for and no client holds are said once', async () => {
  const words = 'client_features:\n  a: x\n  b: x\n  c: x\n  d: x\n  e: x\n  f: x\n'
  const asking = route('many', '/many', '    auth: basic\n    callers: { GET: [f, e, d, c, b, a] }\n')
  expect((await found(`${words}routes:\n${asking}`)).filter((line) => line.startsWith('L202'))).toEqual([
    'L202 no client of `shop` holds `a`, `b`, `c`, `d`, `e` and 1 more',
  ])
})

test('a pair of routes that cross in several paths is said once', async () => {
  const crossing = `routes:
  lists: { paths: ["/{kind}/list", "/{kind}/all"], auth: basic, respects_allow_list: true, callers: { GET: readers } }
  order: { paths: ["/orders/{id}", "/bills/**"], auth: basic, respects_allow_list: true, callers: { GET: readers } }
`
  expect(await found(crossing)).toEqual([
    'L403 shop/lists and shop/order cross: /shop/orders/list goes to shop/order',
  ])
})

test('an average above the rate', async () => {
  const group =
    'rate_groups:\n  slow: { period: 1m, rate: 10, burst: 5, average: { over: 1h, rate: 11 }, per: client }\n'
  expect((await found(group)).filter((line) => line.startsWith('L601'))).toEqual([
    'L601 the average of rate group `slow` is above its rate, so it never counts',
  ])
})

test('a trial ends at its moment, whatever it is of', async () => {
  // The pages are looked at on 22 November 2026, at ten.
  const trial = (until: string) => `report_only: { until: ${until} }`
  const ended = (until: string) => `rate_groups:
  slow: { period: 1m, rate: 10, burst: 5, per: client, ${trial(until)} }
routes:
${route('a', '/a', `    auth: basic\n    callers: { GET: readers }\n    rate_group: slow\n    ${trial(until)}\n`)}`
  expect((await found(ended('2026-11-22T10:00:00Z'))).filter((line) => line.startsWith('L5'))).toEqual([
    'L502 the trial of rate group `slow` ended on 2026-11-22T10:00:00Z, and it refuses since then',
    'L502 the trial of route `shop/a` ended on 2026-11-22T10:00:00Z, and it refuses since then',
  ])
  expect((await found(ended('2026-11-22T10:00:01Z'))).filter((line) => line.startsWith('L5'))).toEqual([])
})

test('a row of a table is a test of a feature', async () => {
  const table = `client_features:
  owner: { description: deletes, powerful: true }
routes:
${route('account', '/account', '    auth: basic\n    callers: { DELETE: [owner] }\n')}tests:
  - columns: { DELETE: DELETE /shop/account }
    table: |
      | Client | DELETE |
      |---|---|
      | owner | CELL |
`
  const l701 = async (cell: string) =>
    (await found(table.replace('CELL', cell))).filter((line) => line.startsWith('L701'))
  expect(await l701('Yes')).toEqual([])
  expect(await l701('n/a')).toEqual(['L701 the powerful feature `owner` is used by no test'])
})
