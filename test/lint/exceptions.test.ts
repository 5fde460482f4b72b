import { expect, test } from 'vitest'
import { NOW } from '../support/cli.ts'
import { linted, withBase, withRealAddresses } from '../support/lint.ts'

/** A client with a list of one family, so that L103 is found at its `allow_list`. */
const policy = (list: string): string =>
  withRealAddresses(
    withBase(`clients:
  importer:
    upstream: shop
    client_id: "importer"
    features: [reader]
${list}
    secrets: upstream
`),
  )

const outcome = async (list: string, now = NOW): Promise<string[]> => {
  const { findings, excepted } = await linted({ 'policy.yaml': policy(list) }, now)
  return [...findings.map(({ code, message }) => `${code} ${message}`), `${excepted} excepted`]
}

const OPEN = 'L103 `importer` lists IPv4 addresses only, so every caller over IPv6 is denied'

test.each([
  ['on the line', '    allow_list: [192.0.2.1] # lint: allow L103 - no IPv6'],
  ['on the line above', '    # lint: allow L103 - no IPv6\n    allow_list: [192.0.2.1]'],
  [
    'above, with others between',
    '    # lint: allow L103 - no IPv6\n    # and a word\n    allow_list: [192.0.2.1]',
  ],
  ['beside the key of the list', '    allow_list: # lint: allow L103 - no IPv6\n      - 192.0.2.1'],
  ['on the first entry', '    allow_list:\n      - 192.0.2.1 # lint: allow L103 - no IPv6'],
  ['spelled otherwise', '    allow_list: [192.0.2.1] #lint:allow L103   -   no IPv6'],
  ['until tomorrow', '    allow_list: [192.0.2.1] # lint: allow L103 - no IPv6 until 2026-11-23'],
])('an exception %s', async (_, list) => {
  expect(await outcome(list)).toEqual(['1 excepted'])
})

test.each([
  [
    'two lines above',
    '    # lint: allow L103 - no IPv6\n\n    allow_list: [192.0.2.1]',
    'there is no L103 here to except',
  ],
  [
    'on the line before',
    '    enabled: true # lint: allow L103 - no\n    allow_list: [192.0.2.1]',
    'there is no L103 here to except',
  ],
  [
    'of another rule',
    '    allow_list: [192.0.2.1] # lint: allow L102 - no IPv6',
    'there is no L102 here to except',
  ],
  ['of no rule', '    allow_list: [192.0.2.1] # lint: allow L999 - no IPv6', 'there is no rule L999'],
  ['without a rule', '    allow_list: [192.0.2.1] # lint: allow - no IPv6', 'this exception names no rule'],
  [
    'until today',
    '    allow_list: [192.0.2.1] # lint: allow L103 - no until 2026-11-22',
    'this exception of L103 ended on 2026-11-22',
  ],
  [
    'with no date',
    '    allow_list: [192.0.2.1] # lint: allow L103 - no until 2027-02-30',
    '2027-02-30 is no date',
  ],
])('an exception %s excepts nothing, and is found', async (_, list, message) => {
  expect((await outcome(list)).toSorted()).toEqual([OPEN, `L901 ${message}`, '0 excepted'].toSorted())
})

test.each(['L103', 'L103 -', 'L103 - ', 'L103 - until 2027-01-01'])('without a reason: %j', async (words) => {
  expect(await outcome(`    allow_list: [192.0.2.1] # lint: allow ${words}`)).toEqual([
    'L902 this exception of L103 gives no reason',
    OPEN,
    '0 excepted',
  ])
})

test('several rules in one exception, each of which must be there', async () => {
  const both = '    allow_list: [192.0.2.55/24] # lint: allow L103, L106 - as the vendor writes it'
  expect(await outcome(both)).toEqual(['2 excepted'])
  const one = '    allow_list: [192.0.2.0/24] # lint: allow L103, L106 - as the vendor writes it'
  expect(await outcome(one)).toEqual(['L901 there is no L106 here to except', '1 excepted'])
})

test('an exception ends when its day begins', async () => {
  const list = '    allow_list: [192.0.2.1] # lint: allow L103 - no IPv6 until 2027-03-01'
  expect(await outcome(list, Date.UTC(2027, 2, 1) - 1)).toEqual(['1 excepted'])
  expect(await outcome(list, Date.UTC(2027, 2, 1))).toContain(
    'L901 this exception of L103 ended on 2027-03-01',
  )
})

test('words in a text are no exception', async () => {
  const { findings } = await linted({
    'policy.yaml': policy('    doc: |\n      # lint: allow L103 - no\n    allow_list: [192.0.2.1]'),
  })
  expect(findings.map(({ code }) => code)).toEqual(['L103'])
})
