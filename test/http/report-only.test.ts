/** What callers and the log are told of rules that are tried out. The upstream's answer is theirs, to the last field. */
import { describe, expect, test } from 'vitest'
import { type TestApp, testApp } from '../support/app.ts'
import { basic } from '../support/facts.ts'
import { trialPolicy } from '../support/trial-policy.ts'

const LINE = 'report_only: { until: 2027-02-01 }'
const LAST = Date.parse('2027-01-31T23:59:59.999Z')
const END = Date.parse('2027-02-01T00:00:00Z')
const until = '2027-02-01'

const get = (app: TestApp, path: string, client: string | undefined, from: string): Promise<Response> =>
  app.request(path, {
    headers: {
      'cf-connecting-ip': from,
      ...(client !== undefined && { authorization: basic(client, 'secret') }),
    },
  })

const appAt = async (now: number, line = LINE): Promise<TestApp> =>
  testApp(await trialPolicy(line), { now: () => now })

const refusals = [
  ['a list of the route', '/api/tried', 'acme', '203.0.113.9', 'network', 'address_not_allowed'],
  [
    'a list of the client, by the route',
    '/api/tried',
    'acme',
    '198.51.100.9',
    'address',
    'address_not_allowed',
  ],
  ['a feature', '/api/tried', 'plain', '192.0.2.9', 'features', 'feature_missing'],
  ['a list of the client', '/api/plain', 'moving', '198.51.100.9', 'address', 'address_not_allowed'],
] as const

describe.each(refusals)('%s', (_, path, client, from, step, reason) => {
  test('is reported to the last moment, and the answer is the upstream’s', async () => {
    const app = await appAt(LAST)
    const answer = await get(app, path, client, from)
    expect([answer.status, await answer.text()]).toEqual([200, 'from upstream'])
    expect(app.sent).toHaveLength(1)
    expect(app.logged).toMatchObject([{ decision: 'allowed', status: 200, client, address: from }])
    const [{ would_deny: first }] = [app.logged[0] ?? {}]
    expect(first?.[0]).toEqual({ reason, step, until, why: undefined })
    expect(app.logged[0]).not.toHaveProperty('reason', reason)
  })

  test.each([
    ['from its date on', END, LINE],
    ['where nothing is tried out', LAST, ''],
  ])('refuses %s', async (_title, now, line) => {
    const app = await appAt(now, line)
    expect((await get(app, path, client, from)).status).toBe(403)
    expect(app.sent).toEqual([])
    expect(app.logged).toMatchObject([{ decision: 'denied', reason, step }])
    expect(app.logged[0]?.would_deny).toBeUndefined()
  })
})

test('everything that would refuse is reported, in the order of the steps', async () => {
  const app = await appAt(LAST)
  await get(app, '/api/tried', 'new', '203.0.113.9')
  expect(app.logged[0]?.would_deny?.map(({ step, reason }) => `${step} ${reason}`)).toEqual([
    'network address_not_allowed',
    'address address_not_allowed',
    'features feature_missing',
  ])
})

test('who may call is not logged unless the log asks for it', async () => {
  const app = await appAt(LAST)
  expect((await get(app, '/api/tried', 'acme', '192.0.2.9')).status).toBe(200)
  expect(app.logged).toEqual([])
})

describe('still refused while the route is tried out', () => {
  test.each([
    ['no credentials', '/api/tried', undefined, '192.0.2.9', 401, 'credentials_missing'],
    ['a client that nobody knows', '/api/tried', 'stranger', '192.0.2.9', 401, 'credentials_invalid'],
    ['a path that can be read in two ways', '/api/tried//x', 'acme', '192.0.2.9', 400, 'bad_path'],
    ['an address on the upstream’s list', '/api/tried', 'acme', '203.0.113.66', 403, 'address_denied'],
  ])('%s', async (_, path, client, from, status, reason) => {
    const app = await appAt(LAST)
    expect((await get(app, path, client, from)).status).toBe(status)
    expect(app.sent).toEqual([])
    expect(app.logged).toMatchObject([{ decision: 'denied', reason }])
  })

  test('a method that the route does not list', async () => {
    const app = await appAt(LAST)
    const headers = { authorization: basic('acme', 'secret'), 'cf-connecting-ip': '192.0.2.9' }
    expect((await app.request('/api/tried', { method: 'DELETE', headers })).status).toBe(405)
  })

  test('and its denial says what else was reported', async () => {
    const app = await appAt(LAST)
    await get(app, '/api/tried', undefined, '203.0.113.9')
    expect(app.logged).toMatchObject([
      { decision: 'denied', reason: 'credentials_missing', would_deny: [{ step: 'network', until }] },
    ])
  })

  test('a client whose lists alone are tried out, for its features', async () => {
    const app = await appAt(LAST)
    expect((await get(app, '/api/plain', 'new', '203.0.113.9')).status).toBe(403)
    expect(app.logged).toMatchObject([
      { decision: 'denied', reason: 'feature_missing', would_deny: [{ step: 'address' }] },
    ])
  })
})

test('no header names somebody whom the request has not proven to be', async () => {
  const app = await appAt(LAST)
  await app.request('/api/tried', {
    headers: {
      authorization: basic('plain', 'secret'),
      'cf-connecting-ip': '192.0.2.9',
      'x-sallyport-client': 'acme',
    },
  })
  expect(app.sent[0]?.headers.get('x-sallyport-client')).toBe('plain')
})

describe('limits', () => {
  const statuses = async (app: TestApp, path: string, count: number): Promise<number[]> => {
    const all: number[] = []
    for (let nth = 0; nth < count; nth++) all.push((await get(app, path, 'acme', '192.0.2.9')).status)
    return all
  }
  const rateHeader = 'x-ratelimit-limit'

  test('a group counts on and refuses nobody, and its callers are not told of it', async () => {
    const app = await appAt(LAST)
    expect(await statuses(app, '/api/counted-alone', 3)).toEqual([200, 200, 200])
    expect(app.logged.map(({ would_deny: told }) => told?.map(({ reason, step }) => [reason, step]))).toEqual(
      [[['rate_limited', 'rate']], [['rate_limited', 'rate']]],
    )
    const answer = await get(app, '/api/counted-alone', 'acme', '192.0.2.9')
    expect([...answer.headers.keys()].filter((name) => /ratelimit|retry/.test(name))).toEqual([])
  })

  test('from its date on it refuses', async () => {
    const app = await appAt(END)
    expect(await statuses(app, '/api/counted-alone', 2)).toEqual([200, 429])
  })

  test('a group beside one that counts: each counts for itself, and the one that counts refuses', async () => {
    const app = await appAt(LAST)
    expect(await statuses(app, '/api/counted', 4)).toEqual([200, 200, 200, 429])
    expect(app.logged.map(({ decision, would_deny: told }) => [decision, told?.length])).toEqual([
      ['allowed', 1],
      ['allowed', 1],
      ['denied', undefined],
    ])
  })

  test('the caller is told of the group that counts', async () => {
    const app = await appAt(LAST)
    const answer = await get(app, '/api/counted', 'acme', '192.0.2.9')
    expect(answer.headers.get(rateHeader)).toBe('3')
    expect(answer.headers.get('ratelimit-policy')).not.toContain('fewer')
  })

  test('together, once both count', async () => {
    expect(await statuses(await appAt(END), '/api/counted', 2)).toEqual([200, 429])
    expect(await statuses(await appAt(LAST, ''), '/api/counted', 2)).toEqual([200, 429])
  })

  test('a group that counts before the credentials are read, which are read all the same', async () => {
    const app = await appAt(LAST)
    expect(await statuses(app, '/api/counted-early', 2)).toEqual([200, 200])
    expect((await get(app, '/api/counted-early', undefined, '192.0.2.9')).status).toBe(401)
    expect(app.logged).toMatchObject([
      { decision: 'allowed', would_deny: [{ reason: 'rate_limited', step: 'rate' }] },
      { decision: 'denied', reason: 'credentials_missing', would_deny: [{ reason: 'rate_limited' }] },
    ])
    expect(app.logged[0]?.would_deny).toHaveLength(1)
  })

  test('the group of a route that is tried out, though the group counts elsewhere', async () => {
    const app = await appAt(LAST)
    expect(await statuses(app, '/api/tried', 5)).toEqual([200, 200, 200, 200, 200])
    expect(app.logged).toHaveLength(2)
    expect(await statuses(app, '/api/counted', 1)).toEqual([429])
  })

  test('a limiter that cannot be asked', async () => {
    const written = await trialPolicy(LINE)
    const policy = {
      ...written,
      rateGroups: written.rateGroups.map((group) => ({ ...group, onFailure: 'closed' as const })),
    }
    const limiter = { take: () => ({ admitted: 'unknown', why: 'overloaded' }) as const }
    const app = testApp(policy, { now: () => LAST, limiter })
    expect(await statuses(app, '/api/counted-alone', 1)).toEqual([200])
    expect(app.logged).toMatchObject([{ would_deny: [{ reason: 'limiter_unavailable', why: 'overloaded' }] }])
    expect(app.degraded).toEqual([{ group: 'fewer', to: 'open', why: 'overloaded' }])
    expect(await statuses(app, '/api/counted', 1)).toEqual([429])
  })
})
