import { beforeAll, expect, test } from 'vitest'
import { policyRegistry } from '../src/clients/memory.ts'
import type { Facts } from '../src/decision/facts.ts'
import { decider } from '../src/pipeline.ts'
import type { CompiledPolicy } from '../src/policy/model.ts'
import type { Charge, Limiter } from '../src/ratelimit/limiter.ts'
import { memoryLimiter } from '../src/ratelimit/memory.ts'
import { compiled, exampleYaml } from './support/example.ts'
import { addressOf, basic, facts, NOW } from './support/facts.ts'
import { noTokens } from './support/no-tokens.ts'

let policy: CompiledPolicy

beforeAll(async () => {
  policy = await compiled(await exampleYaml(), { gw: 'https://upstream.example' })
})

/** Decides with a limiter that writes down who was charged. */
function deciding(limiter: Limiter = memoryLimiter(() => NOW)) {
  const charged: Charge[] = []
  const counting: Limiter = {
    take: (charges) => {
      charged.push(...charges)
      return limiter.take(charges)
    },
  }
  const ports = {
    registry: policyRegistry(policy.clients),
    checkSecret: (secret: string) => secret === 'right',
    ...noTokens,
    limiter: counting,
  }
  const decide = decider(policy, ports)
  return { decide: (changes: Partial<Facts>) => decide(facts(changes)), charged }
}

const inside = { rawPath: '/config/clients', address: addressOf('192.0.2.10') }
const right = { authorization: basic('acme', 'right') }

test.each([
  ['path', 'bad_path', { ...inside, ...right, rawPath: '/config//clients' }],
  ['route', 'unknown_route', { ...inside, ...right, rawPath: '/nothing' }],
  ['method', 'method_not_allowed', { ...inside, ...right, method: 'PATCH' }],
  ['method', 'upgrade_refused', { ...inside, ...right, upgrade: 'websocket' }],
  ['credentials', 'credentials_missing', inside],
  ['credentials', 'credentials_invalid', { ...inside, authorization: basic('acme', 'wrong') }],
  ['address', 'address_not_allowed', { ...inside, ...right, address: addressOf('203.0.113.9') }],
  ['address', 'address_denied', { ...inside, ...right, address: addressOf('192.0.2.66') }],
  [
    'features',
    'feature_missing',
    { ...inside, authorization: basic('six', 'right'), address: addressOf('2001:db8::2'), method: 'POST' },
  ],
])('at the step %s: %s', async (step, reason, changes) => {
  expect(await deciding().decide(changes)).toMatchObject({ allowed: false, step, denial: { reason } })
})

const ROUTED = ['facts', 'path', 'route', 'pattern']
const COUNTED = [...ROUTED, 'callers', 'networkCheck', 'early']

test.each([
  ['path', { ...inside, rawPath: '//' }, ['facts']],
  ['route', { ...inside, rawPath: '/nothing' }, ['facts', 'path']],
  ['method', { ...inside, method: 'PATCH' }, ROUTED],
  ['credentials', inside, COUNTED],
  ['address', { ...inside, ...right, address: undefined }, [...COUNTED, 'principal']],
  [
    'features',
    { ...inside, authorization: basic('six', 'right'), address: addressOf('2001:db8::2'), method: 'POST' },
    [...COUNTED, 'principal', 'addressCheck'],
  ],
])('a refusal at the step %s has what was known by then', async (step, changes, keys) => {
  const { known, ...refusal } = await deciding().decide(changes)
  expect(refusal).toMatchObject({ allowed: false, step })
  const learned = Object.entries(known).filter(([key, value]) => value !== undefined || key === 'early')
  expect(learned.map(([key]) => key).toSorted()).toEqual(keys.toSorted())
})

test('no promise is made unless a stage makes one', async () => {
  const { decide } = deciding()
  expect(decide({ ...inside, rawPath: '//' })).not.toBeInstanceOf(Promise)
  const proving = decide({ ...inside, ...right })
  expect(proving).toBeInstanceOf(Promise)
  await proving
  expect(decide({ ...inside, ...right })).toMatchObject({ allowed: true })
})

test('an allowed request knows its route, its client and its rate', async () => {
  const { decide, charged } = deciding()
  expect(await decide({ ...inside, ...right })).toMatchObject({
    allowed: true,
    known: {
      path: '/config/clients',
      route: { id: 'gw/config' },
      principal: { client: { name: 'acme' } },
      addressCheck: { kind: 'listed' },
      entitlement: { by: 'owner' },
      rate: { group: 'wide' },
    },
  })
  expect(charged.map(({ group }) => group)).toEqual(['wide'])
})

test('each step is asked only after those before it: a wrong secret from a wrong address is a wrong secret', async () => {
  const decision = await deciding().decide({
    ...inside,
    authorization: basic('acme', 'wrong'),
    address: addressOf('203.0.113.9'),
  })
  expect(decision).toMatchObject({ allowed: false, denial: { reason: 'credentials_invalid' } })
})

test('failures are charged to the address and turn into 429; the client that was named pays nothing', async () => {
  const { decide, charged } = deciding()
  const wrong = { ...inside, authorization: basic('acme', 'wrong'), address: addressOf('203.0.113.9') }
  for (let at = 0; at < policy.failedAuth.burst; at++) await decide(wrong)
  expect(await decide(wrong)).toMatchObject({
    allowed: false,
    step: 'credentials',
    denial: { reason: 'rate_limited' },
  })
  expect(new Set(charged.map(({ key }) => key)).size).toBe(1)
  expect(charged[0]?.key).not.toContain('acme')
  expect(await decide({ ...inside, ...right })).toMatchObject({ allowed: true })
})

test('no attempt, no charge: a request without credentials costs nothing', async () => {
  const { decide, charged } = deciding()
  await decide(inside)
  expect(charged).toEqual([])
})

test('a refused request costs the client nothing', async () => {
  const { decide, charged } = deciding()
  await decide({ ...inside, ...right, address: addressOf('203.0.113.9') })
  expect(charged).toEqual([])
})
