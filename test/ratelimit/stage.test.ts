import { describe, expect, test } from 'vitest'
import type { IpAddress } from '../../src/base/address.ts'
import type { Denial } from '../../src/decision/denial.ts'
import type { Facts } from '../../src/decision/facts.ts'
import type { RateGroupConfig } from '../../src/ratelimit/config.ts'
import type { Charge, Limiter, Taken } from '../../src/ratelimit/limiter.ts'
import { memoryLimiter } from '../../src/ratelimit/memory.ts'
import { failedAuth, rateStages } from '../../src/ratelimit/stage.ts'

const NOW = 1_795_000_200_000
const address: IpAddress = { family: 4, value: 0xcb007109 }
const elsewhere: IpAddress = { family: 4, value: 0xc0000201 }

const facts = (more: Partial<Facts> = {}): Facts => ({
  method: 'GET',
  host: 'gw.example',
  rawPath: '/',
  query: '',
  address,
  authorization: undefined,
  body: () => ({ ok: true, value: undefined }),
  upgrade: undefined,
  now: NOW,
  ...more,
})

const group = (more: Partial<RateGroupConfig> = {}): RateGroupConfig => ({
  name: 'admin',
  period: 60_000,
  rate: 300,
  burst: 2,
  per: ['client'],
  beforeAuth: false,
  consistency: 'strict',
  onFailure: 'local',
  ...more,
})

const route = { id: 'akamai/config', upstream: 0, rateGroup: 'admin' }
const acme = { client: { name: 'acme' } }
const nobody = { client: undefined }

/** A limiter that writes down what it is asked. */
function recording(answer?: Taken): { limiter: Limiter; asked: Charge[] } {
  const asked: Charge[] = []
  const real = memoryLimiter(() => NOW)
  const take = (charges: readonly Charge[]) => {
    asked.push(...charges)
    return answer ?? real.take(charges)
  }
  return { asked, limiter: { take } }
}

const outOfReach = { admitted: 'unknown', why: 'overloaded' } as const

describe('rate', () => {
  test('counts the client under its upstream, and learns how it stands', async () => {
    const { limiter, asked } = recording()
    const { rate } = rateStages(limiter, [group({ consistency: 'leased' })], 7)
    expect(await rate.run({ facts: facts(), route, principal: acme, early: undefined })).toMatchObject({
      ok: true,
      value: { rate: { group: 'admin', limit: 2, standing: { remaining: 1 } } },
    })
    expect(asked).toMatchObject([
      { group: 'admin', key: 'client=akamai/acme', quantity: 1, version: 7, leased: true },
    ])
  })

  test('refuses with the standing the headers need', async () => {
    const { rate } = rateStages(
      memoryLimiter(() => NOW),
      [group()],
    )
    const at = { facts: facts(), route, principal: acme, early: undefined }
    await rate.run(at)
    await rate.run(at)
    expect(await rate.run(at)).toMatchObject({
      ok: false,
      error: { reason: 'rate_limited', group: 'admin', retryMs: 200, standing: { limit: 2, remaining: 0 } },
    })
    expect(await rate.run({ ...at, principal: { client: { name: 'other' } } })).toMatchObject({ ok: true })
  })

  test.each([
    ['POST', 2],
    ['GET', 3],
    ['HEAD', 3],
    ['DELETE', 1],
    ['constructor', 1],
  ])('%s weighs %i', async (method, quantity) => {
    const { limiter, asked } = recording()
    const { rate } = rateStages(limiter, [group({ burst: 5 })])
    const weighed = { ...route, cost: { POST: 2, GET: 3 } }
    await rate.run({ facts: facts({ method }), route: weighed, principal: acme, early: undefined })
    expect(asked).toMatchObject([{ quantity }])
  })

  test('a client of two upstreams has a cell in each, and in each the same one every time', async () => {
    const { limiter, asked } = recording()
    const { rate } = rateStages(limiter, [group(), group({ name: 'heavy' })])
    const verify = { id: 'verify/users', upstream: 1, rateGroup: 'admin' }
    const weighed = { ...route, cost: { GET: 2 } }
    for (const on of [route, verify, weighed, route, { ...route, rateGroup: 'heavy' }])
      await rate.run({ facts: facts(), route: on, principal: acme, early: undefined })
    expect(asked.map(({ key, cell, quantity }) => ({ key, cell, quantity }))).toEqual([
      { key: 'client=akamai/acme', cell: 'admin\nclient=akamai/acme', quantity: 1 },
      { key: 'client=verify/acme', cell: 'admin\nclient=verify/acme', quantity: 1 },
      { key: 'client=akamai/acme', cell: 'admin\nclient=akamai/acme', quantity: 2 },
      { key: 'client=akamai/acme', cell: 'admin\nclient=akamai/acme', quantity: 1 },
      { key: 'client=akamai/acme', cell: 'heavy\nclient=akamai/acme', quantity: 1 },
    ])
    expect(asked[3]).toBe(asked[0])
  })

  test('counts a tenant under its upstream, and without one the client', async () => {
    const { limiter, asked } = recording()
    const { rate } = rateStages(limiter, [group({ per: ['tenant'] })])
    const at = { facts: facts(), route, principal: acme, early: undefined }
    await rate.run({ ...at, tenant: 'blue' })
    await rate.run(at)
    await rate.run({ ...at, principal: nobody })
    expect(asked.map(({ key }) => key)).toEqual([
      'tenant=akamai/blue',
      'client=akamai/acme',
      'address=203.0.113.9',
    ])
  })

  test.each([
    ['a token that was verified', 'token', 'house', 'Bearer aaa.bbb.ccc', 'token=P88aRp4gz101NZ_uR5zvpQ'],
    ['a scheme in another case', 'token', 'house', 'BEARER aaa.bbb.ccc', 'token=P88aRp4gz101NZ_uR5zvpQ'],
    [
      'a signature in another spelling',
      'token',
      'house',
      'Bearer aaa.bbb.ccd',
      'token=P88aRp4gz101NZ_uR5zvpQ',
    ],
    ['another token', 'token', 'house', 'Bearer aaa.bbc.ccc', 'token=25MbGsGZbWROHXGmQgfFGg'],
    ['a token of no parts', 'token', 'house', 'Bearer opaque', 'token=bSKYhMEmi7CrMtjaMV0P5Q'],
    [
      'a token that only the upstream checks',
      'token',
      'upstream',
      'Bearer aaa.bbb.ccc',
      'client=akamai/acme',
    ],
    ['no token at all', 'basic', undefined, 'Basic YTpi', 'client=akamai/acme'],
  ] as const)('per token: %s', async (_name, by, token, authorization, key) => {
    const { limiter, asked } = recording()
    const { rate } = rateStages(limiter, [group({ per: ['token'] })])
    await rate.run({
      facts: facts({ authorization }),
      route: { ...route, ...(token && { token }) },
      principal: { ...acme, by },
      early: undefined,
    })
    expect(asked.map((charge) => charge.key)).toEqual([key])
    expect(asked[0]?.key).not.toContain('aaa')
  })

  test('a route without a group is a bug, not a route without limits', () => {
    const { rate } = rateStages(recording().limiter, [])
    expect(() => rate.run({ facts: facts(), route, principal: nobody, early: undefined })).toThrow(
      'no rate group',
    )
  })
})

describe('several groups of one request', () => {
  const both = { ...route, alsoCounted: ['nightly'] }
  const nightly = group({ name: 'nightly', burst: 3, per: ['client', 'route'] })
  const at = { facts: facts(), route: both, principal: acme, early: undefined }

  test('are charged together, in one place, and the tighter one is told', async () => {
    const { limiter, asked } = recording()
    const { rate } = rateStages(limiter, [group(), nightly])
    expect(await rate.run(at)).toMatchObject({
      ok: true,
      value: { rate: { group: 'admin', limit: 2, standing: { remaining: 1 } } },
    })
    expect(asked.map(({ key, home }) => [key, home ?? key])).toEqual([
      ['client=akamai/acme', 'client=akamai/acme'],
      ['client=akamai/acme route=akamai/config', 'client=akamai/acme'],
    ])
  })

  test('are charged not at all when one of them refuses', async () => {
    const limiter = memoryLimiter(() => NOW)
    const { rate } = rateStages(limiter, [group(), nightly])
    await rate.run(at)
    await rate.run(at)
    expect(await rate.run(at)).toMatchObject({ ok: false, error: { reason: 'rate_limited', group: 'admin' } })
    const { rate: alone } = rateStages(limiter, [nightly])
    const rest = await alone.run({ ...at, route: { ...route, rateGroup: 'nightly' } })
    expect(rest).toMatchObject({ ok: true, value: { rate: { standing: { remaining: 0 } } } })
  })

  test('are counted early together too', async () => {
    const { limiter, asked } = recording()
    const early = { beforeAuth: true, per: ['address'] } as const
    const { beforeAuth } = rateStages(limiter, [group(early), group({ ...nightly, ...early })])
    expect(await beforeAuth.run({ facts: facts(), route: both })).toMatchObject({ ok: true })
    expect(asked.map((charge) => charge.group)).toEqual(['admin', 'nightly'])
  })

  test.each([
    ['open', 'open', true],
    ['open', 'closed', false],
    ['closed', 'local', false],
    ['local', 'open', true],
  ] as const)('%s and %s, out of reach: passes is %s', async (one, other, passes) => {
    const { limiter } = recording(outOfReach)
    const groups = [group({ onFailure: one }), group({ ...nightly, onFailure: other })]
    const { rate } = rateStages(limiter, groups)
    expect((await rate.run(at)).ok).toBe(passes)
  })
})

describe('before authentication', () => {
  test('charges the address once, and the later step charges nothing', async () => {
    const { limiter, asked } = recording()
    const { beforeAuth, rate } = rateStages(limiter, [group({ beforeAuth: true, per: ['client', 'route'] })])
    const early = await beforeAuth.run({ facts: facts(), route })
    if (!early.ok) throw new Error('refused')
    expect(await rate.run({ facts: facts(), route, principal: acme, ...early.value })).toMatchObject({
      ok: true,
      value: { rate: { standing: { remaining: 1 } } },
    })
    expect(asked.map(({ key }) => key)).toEqual(['address=203.0.113.9 route=akamai/config'])
  })

  test('leaves the other groups alone', async () => {
    const { limiter, asked } = recording()
    const { beforeAuth } = rateStages(limiter, [group()])
    expect(await beforeAuth.run({ facts: facts(), route })).toEqual({ ok: true, value: { early: undefined } })
    expect(asked).toEqual([])
  })
})

describe('while the limiter is out of reach', () => {
  const at = { facts: facts(), route, principal: acme, early: undefined }
  const { limiter } = recording(outOfReach)

  test('an open group lets pass, and says so to operators', async () => {
    const { rate } = rateStages(limiter, [group({ onFailure: 'open' })])
    expect(await rate.run(at)).toEqual({
      ok: true,
      value: { rate: { group: 'admin', limit: 2, degraded: { to: 'open', why: 'overloaded' } } },
    })
  })

  test('a closed group refuses for one to three seconds', async () => {
    const { rate } = rateStages(limiter, [group({ onFailure: 'closed' })])
    const refused = await rate.run(at)
    expect(refused).toMatchObject({ ok: false, error: { reason: 'limiter_unavailable', limit: 2 } })
    const retryMs = !refused.ok && refused.error.reason === 'limiter_unavailable' ? refused.error.retryMs : 0
    expect(retryMs).toBeGreaterThanOrEqual(1000)
    expect(retryMs).toBeLessThan(3000)
  })

  test('a local group admits a tenth of its burst, at least one, and a tenth of its rate', async () => {
    const { rate } = rateStages(limiter, [group({ burst: 50 })])
    const pass = async (now: number) => (await rate.run({ ...at, facts: facts({ now }) })).ok
    const passed = async (now: number) => {
      let count = 0
      while (await pass(now)) count++
      return count
    }
    expect(await passed(NOW)).toBe(5)
    expect(await passed(NOW + 1999)).toBe(0)
    expect(await passed(NOW + 2000)).toBe(1)
    const { rate: once } = rateStages(limiter, [group({ burst: 1 })])
    expect((await once.run(at)).ok).toBe(true)
    expect(await once.run(at)).toMatchObject({
      ok: false,
      error: { reason: 'limiter_unavailable', limit: 1 },
    })
  })
})

test('a request that weighs more than a local share takes all of it', async () => {
  const { limiter } = recording(outOfReach)
  const { rate } = rateStages(limiter, [group({ burst: 50 })])
  const weighed = { ...route, cost: { GET: 20 } }
  const at = { facts: facts(), route: weighed, principal: acme, early: undefined }
  expect((await rate.run(at)).ok).toBe(true)
  expect(await rate.run(at)).toMatchObject({ ok: false, error: { retryMs: 10_000 } })
})

test.each([
  [0, 5],
  [1, 4],
  [24, 2],
  [50, 0],
])('a local share begins where the cell was left: %i of 50 spent leaves %i', async (spent, left) => {
  const { limiter } = recording({ ...outOfReach, spent })
  const { rate } = rateStages(limiter, [group({ burst: 50 })])
  let passed = 0
  while ((await rate.run({ facts: facts(), route, principal: acme, early: undefined })).ok) passed++
  expect(passed).toBe(left)
})

describe('failed authentications', () => {
  const quota = { period: 60_000, rate: 20, burst: 2 }
  const wrong: Denial = { reason: 'credentials_invalid', why: 'wrong secret' }

  test('are charged to the address until it has failed too often', async () => {
    const { limiter, asked } = recording()
    const charge = failedAuth(limiter, quota)
    expect(await charge(wrong, address)).toBe(wrong)
    expect(await charge({ reason: 'credentials_ambiguous' }, address)).toEqual({
      reason: 'credentials_ambiguous',
    })
    expect(await charge(wrong, address)).toMatchObject({
      reason: 'rate_limited',
      group: 'failed_auth',
      retryMs: 3000,
    })
    expect(await charge(wrong, elsewhere)).toBe(wrong)
    expect(new Set(asked.map(({ key }) => key))).toEqual(
      new Set(['failed address=203.0.113.9', 'failed address=192.0.2.1']),
    )
  })

  test('callers without an address share one cell', async () => {
    const charge = failedAuth(
      memoryLimiter(() => NOW),
      quota,
    )
    await charge(wrong, undefined)
    await charge(wrong, undefined)
    expect(await charge(wrong, undefined)).toMatchObject({ reason: 'rate_limited' })
  })

  test.each<Denial>([
    { reason: 'credentials_missing' },
    { reason: 'client_disabled', client: 'acme' },
    { reason: 'address_not_allowed', address },
  ])('$reason is not one of them', async (denial) => {
    const { limiter, asked } = recording()
    expect(await failedAuth(limiter, quota)(denial, address)).toBe(denial)
    expect(asked).toEqual([])
  })

  test('stay what they are while the limiter is out of reach, and say why they were not counted', async () => {
    const denial = await failedAuth(recording(outOfReach).limiter, quota)(wrong, address)
    expect(denial).toEqual({ ...wrong, uncounted: outOfReach.why })
  })
})
