import { expect, test } from 'vitest'
import type { IpAddress } from '../../src/base/address.ts'
import type { CountedBy } from '../../src/ratelimit/config.ts'
import { chargeKey } from '../../src/ratelimit/key.ts'

const v4: IpAddress = { family: 4, value: 0xcb007109 }
const v6: IpAddress = { family: 6, value: '20010db8000000010000000000000042' }
const neighbour: IpAddress = { family: 6, value: '20010db80000000100000000000000ff' }

const cases: [CountedBy[], string | undefined, IpAddress | undefined, string][] = [
  [['client'], 'akamai/crm-sync', v4, 'client=akamai/crm-sync'],
  [['client'], undefined, v4, 'address=203.0.113.9'],
  [['client'], undefined, undefined, 'address=unknown'],
  [['address'], 'akamai/crm-sync', v4, 'address=203.0.113.9'],
  [['address'], undefined, v6, 'address=2001:0db8:0000:0001::/64'],
  [['address'], undefined, neighbour, 'address=2001:0db8:0000:0001::/64'],
  [['route'], undefined, undefined, 'route=akamai/entity-read'],
  [['client', 'route'], 'akamai/a', v4, 'client=akamai/a route=akamai/entity-read'],
  [['client', 'address'], 'akamai/a', v4, 'client=akamai/a address=203.0.113.9'],
  [['client', 'address'], undefined, v4, 'address=203.0.113.9'],
  // A name cannot pretend to be two words.
  [['client'], 'akamai/a route=b', v4, 'client=akamai/a%20route=b'],
  [['client'], 'akamai/a\nb', v4, 'client=akamai/a%0Ab'],
]

test.each(cases)('per %j, client %s: %o', (per, client, address, key) => {
  expect(chargeKey(per, { client, address, route: 'akamai/entity-read' })).toBe(key)
})

test.each([
  [['tenant'], { tenant: 'verify/blue' }, 'tenant=verify/blue'],
  [['tenant'], {}, 'client=verify/app'],
  [['token'], { token: 'abc' }, 'token=abc'],
  [['token'], {}, 'client=verify/app'],
  [['tenant', 'client'], { tenant: 'verify/blue' }, 'tenant=verify/blue client=verify/app'],
  [['tenant', 'client'], {}, 'client=verify/app'],
  [['tenant'], { tenant: 'verify/a client=b' }, 'tenant=verify/a%20client=b'],
] as const)('per %j with %j', (per, who, key) => {
  expect(chargeKey(per, { client: 'verify/app', address: v4, route: 'r', ...who })).toBe(key)
})
