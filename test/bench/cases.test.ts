import { beforeAll, describe, expect, test } from 'vitest'
import { benchCases, type Case } from '../../bench/cases.ts'
import { makeIssuer } from '../../bench/issuer.ts'
import type { Loaded } from '../../bench/load.ts'
import { benchPolicy, manyRoutesPolicy, type Policies } from '../../bench/policy.ts'

const ORIGIN = 'http://127.0.0.1:9'
let policies: Policies
let cases: readonly Case[]

beforeAll(async () => {
  const issuer = await makeIssuer()
  policies = { main: await benchPolicy(ORIGIN, issuer), many: await manyRoutesPolicy(ORIGIN) }
  cases = await benchCases(issuer, policies)
}, 60_000)

const answers = (statuses: Record<number, number>, seconds = 5): Loaded => ({
  statuses: new Map(Object.entries(statuses).map(([status, count]) => [Number(status), count])),
  requests: Object.values(statuses).reduce((sum, count) => sum + count, 0),
  seconds,
  errors: 0,
  p50Ms: 1,
  p99Ms: 1,
})

const check = (name: string, loaded: Loaded) =>
  cases.find((each) => each.name === name)?.sides.gateway?.(loaded)

test('the policy with all packs has 2,000 routes', () => {
  expect(policies.many.upstreams.map(({ name }) => name)).toEqual([
    'akamai',
    'app-id',
    'big',
    'cloudentity',
    'verify',
  ])
  expect(policies.many.routes).toHaveLength(2_000)
})

describe('answers of the gateway', () => {
  test.each([
    ['basic_allowed', { 200: 1000 }],
    ['jwt_allowed', { 200: 1000 }],
    ['thousand_clients', { 200: 1 }],
    ['two_thousand_routes', { 200: 1000 }],
    ['address_403', { 403: 1000 }],
    // The burst of 50, five a second, and one second for what was under way.
    ['limited_429', { 200: 80, 429: 1000 }],
  ])('%s: %j is right', (name, statuses) => {
    expect(check(name, answers(statuses))).toBeUndefined()
  })

  test.each([
    ['basic_allowed', {}],
    ['basic_allowed', { 200: 1000, 429: 1 }],
    ['jwt_allowed', { 401: 1000 }],
    ['address_403', { 200: 1, 403: 1000 }],
    ['limited_429', { 200: 81, 429: 1000 }],
    ['limited_429', { 200: 50 }],
    ['limited_429', { 429: 1000, 503: 1 }],
  ])('%s: %j is wrong', (name, statuses) => {
    expect(check(name, answers(statuses))).toContain('expected')
  })
})
