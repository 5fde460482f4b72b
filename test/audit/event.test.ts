import { expect, test } from 'vitest'
import { decisionEvent, logLine, type Outcome } from '../../src/audit/event.ts'
import { addressOf, NOW } from '../support/facts.ts'

const outcome: Outcome = {
  now: NOW,
  requestId: '72gnhpkttcjgc3ns',
  allowed: false,
  reason: 'address_not_allowed',
  step: 'address',
  route: { id: 'akamai/config-clients', at: 'upstreams/akamai-identity-cloud.yaml:31', rateGroup: 'admin' },
  method: 'GET',
  path: '/akamai/config/{app}/clients',
  client: 'console-owner',
  address: addressOf('192.168.44.44'),
  status: 500,
}
const policy = {
  digest: 'sha256:4be1',
  sequence: 118,
  decisionLog: { allowed: 0.1, clientAddress: 'prefix' as const },
}

test('a denial is one line with exactly the documented fields', () => {
  expect(logLine(decisionEvent(outcome, policy))).toBe(
    '{"ts":"2026-11-22T10:00:00.000Z","request_id":"72gnhpkttcjgc3ns","policy":"sha256:4be1","seq":118,' +
      '"decision":"denied","reason":"address_not_allowed","step":"address","route":"akamai/config-clients",' +
      '"at":"upstreams/akamai-identity-cloud.yaml:31","method":"GET","path":"/akamai/config/{app}/clients",' +
      '"client":"console-owner","address":"192.168.44.0/24","rate_group":"admin","status":500}',
  )
})

test('what is not known is not there', () => {
  const early = {
    ...outcome,
    reason: 'unknown_route',
    step: 'route',
    route: undefined,
    client: undefined,
    address: undefined,
  }
  const event = JSON.parse(logLine(decisionEvent(early, policy)))
  expect(Object.keys(event)).toEqual([
    'ts',
    'request_id',
    'policy',
    'seq',
    'decision',
    'reason',
    'step',
    'method',
    'path',
    'status',
  ])
})

test.each([
  ['full', '192.168.44.44'],
  ['prefix', '192.168.44.0/24'],
  ['none', undefined],
] as const)('the address as %s', (clientAddress, address) => {
  expect(decisionEvent(outcome, { ...policy, decisionLog: { allowed: 1, clientAddress } }).address).toBe(
    address,
  )
})

test('what the caller wrote is cut and cannot end the line (H7)', () => {
  const line = logLine(decisionEvent({ ...outcome, path: `/a\n\u2028\u2029"${'x'.repeat(10_000)}` }, policy))
  expect(line).not.toMatch(/[\n\u2028\u2029]/)
  expect(line.length).toBeLessThan(800)
  expect(JSON.parse(line).path.startsWith('/a\n\u2028\u2029"xxx')).toBe(true)
})
