import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ok } from '../../src/base/result.ts'
import type { AddressLists } from '../../src/network/config.ts'
import { toRanges } from '../../src/network/ranges.ts'
import { addressStage, judge, networkStage } from '../../src/network/stage.ts'
import { address, anyAddress, anyInterval, entry } from '../support/addresses.ts'
import { NOW } from '../support/facts.ts'

const lists = (allow: 'any' | string[], deny: string[] = []): AddressLists => ({
  allow: allow === 'any' ? 'any' : toRanges(allow.map(entry)),
  deny: toRanges(deny.map(entry)),
})

const acme = lists(['192.0.2.0/24', '2001:db8::/32'], ['192.0.2.66', '2001:db8::1'])
const noneWelcome = lists([])
const openHouse = lists('any')
const openButOne = lists('any', ['192.0.2.66'])

test.each([
  { row: '', who: acme, from: '192.0.2.10', verdict: 'admitted' },
  { row: 'A1', who: acme, from: '203.0.113.9', verdict: 'address_not_allowed' },
  { row: '', who: acme, from: '192.0.2.66', verdict: 'address_denied' },
  { row: 'A7', who: acme, from: '::ffff:192.0.2.66', verdict: 'address_denied' },
  { row: 'A7', who: acme, from: '::ffff:c000:242', verdict: 'address_denied' },
  { row: 'A8', who: acme, from: '2001:0DB8:0:0:0:0:0:1', verdict: 'address_denied' },
  { row: 'A8', who: acme, from: '2001:db8::0.0.0.1', verdict: 'address_denied' },
  { row: '', who: acme, from: '2001:db8::2', verdict: 'admitted' },
  { row: 'A3', who: acme, from: undefined, verdict: 'address_denied' },
  { row: 'A3', who: lists(['0.0.0.0/0', '::/0']), from: undefined, verdict: 'address_not_allowed' },
  { row: 'A5', who: openButOne, from: undefined, verdict: 'address_denied' },
  { row: 'A3', who: openHouse, from: undefined, verdict: 'admitted' },
  { row: '', who: openHouse, from: '203.0.113.9', verdict: 'admitted' },
  { row: '', who: openButOne, from: '192.0.2.66', verdict: 'address_denied' },
  { row: 'A6', who: noneWelcome, from: '192.0.2.10', verdict: 'address_not_allowed' },
  { row: 'A6', who: noneWelcome, from: undefined, verdict: 'address_not_allowed' },
])('$row $from: $verdict', ({ who, from, verdict }) => {
  expect(judge(who, from === undefined ? undefined : address(from))).toBe(verdict)
})

test('deny wins, whatever is allowed', () => {
  const intervals = fc.array(anyInterval, { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(intervals, fc.option(intervals), anyAddress, (denied, allowed, any) => {
      const who = { allow: allowed === null ? 'any' : toRanges(allowed), deny: toRanges(denied) } as const
      const inDeny = denied.some(
        ({ family, from, to }) => family === any.family && from <= any.value && any.value <= to,
      )
      expect(judge(who, any) === 'address_denied').toBe(inDeny)
    }),
  )
})

const stranger = { address: address('203.0.113.9'), now: NOW }
const member = { address: address('192.0.2.10'), now: NOW }

test.each([
  { title: 'no lists at all', upstream: {}, route: {}, facts: stranger, kind: 'skipped' },
  {
    title: 'the upstream admits anybody',
    upstream: { lists: openHouse },
    route: {},
    facts: stranger,
    kind: 'any',
  },
  {
    title: 'both list the address',
    upstream: { lists: acme },
    route: { lists: acme },
    facts: member,
    kind: 'listed',
  },
  {
    title: 'only the upstream has a list',
    upstream: { lists: acme },
    route: {},
    facts: member,
    kind: 'listed',
  },
  { title: 'only the route has a list', upstream: {}, route: { lists: acme }, facts: member, kind: 'listed' },
])('network: $title', ({ upstream, route, facts, kind }) => {
  expect(networkStage([{}, upstream]).run({ facts, route: { ...route, upstream: 1 } })).toEqual(
    ok({ networkCheck: { kind } }),
  )
})

test.each([
  { title: 'the upstream does not list it', upstream: { lists: acme }, route: { lists: openHouse } },
  { title: 'the route does not list it', upstream: { lists: openHouse }, route: { lists: acme } },
])('network refuses a stranger: $title', ({ upstream, route }) => {
  expect(networkStage([upstream]).run({ facts: stranger, route: { ...route, upstream: 0 } })).toEqual({
    ok: false,
    error: { reason: 'address_not_allowed', address: stranger.address },
  })
})

const client = (of: AddressLists) => ({ client: { lists: of } })

test.each([
  { title: 'the route ignores the list', respects: false, principal: client(noneWelcome), kind: 'skipped' },
  {
    title: 'nobody had to say who they are',
    respects: true,
    principal: { client: undefined },
    kind: 'skipped',
  },
  { title: 'the client may call from anywhere', respects: true, principal: client(openHouse), kind: 'any' },
  { title: 'the client lists the address', respects: true, principal: client(acme), kind: 'listed' },
])('address: $title', ({ respects, principal, kind }) => {
  const at = { facts: member, route: { respectsAllowList: respects }, principal }
  expect(addressStage.run(at)).toEqual(ok({ addressCheck: { kind } }))
})

test.each([
  { title: 'a stranger', facts: stranger, reason: 'address_not_allowed' },
  { title: 'a denied member', facts: { address: address('192.0.2.66'), now: NOW }, reason: 'address_denied' },
  {
    title: 'a caller without an address (A3, A4, A5)',
    facts: { address: undefined, now: NOW },
    reason: 'address_denied',
  },
])('address refuses $title', ({ facts, reason }) => {
  const at = { facts, route: { respectsAllowList: true }, principal: client(acme) }
  expect(addressStage.run(at)).toEqual({ ok: false, error: { reason, address: facts.address } })
})
