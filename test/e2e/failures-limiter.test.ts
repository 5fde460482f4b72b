/**
 * A limiter that fails, and clocks that step, on the production runtime: the deploy bundle with objects that fail when
 * the test says so (`test/support/faulty.worker.ts`). The tables are those of docs/reliability.md.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { compiled, gatewayYaml } from '../support/example.ts'
import { basic } from '../support/facts.ts'
import type { Fault, Orders } from '../support/faulty.worker.ts'
import { faultyBundle, order } from '../support/faulty-bundle.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { residentMib, SLACK_MIB } from '../support/memory.ts'
import { type EchoUpstream, echoUpstream } from '../support/upstream.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Of `slow` and `leased`, one request comes free each hour: what is admitted is the burst, or else came from a clock. */
const GROUPS = `
rate_groups:
  closed: { period: 1m, rate: 60000, burst: 60000, per: client, consistency: strict, on_failure: closed }
  local:  { period: 1h, rate: 20, burst: 20, per: client, consistency: strict, on_failure: local }
  open:   { period: 1m, rate: 60000, burst: 60000, per: client, consistency: strict, on_failure: open }
  slow:   { period: 1h, rate: 1, burst: 5, per: client, consistency: strict, on_failure: closed }
  leased: { period: 1h, rate: 1, burst: 40, per: client, on_failure: closed }
`
const groups = ['closed', 'local', 'open', 'slow', 'leased']
const routeOf = (group: string) =>
  `  ${group}: { doc: ${group}, paths: [/${group}], auth: basic, respects_allow_list: false, callers: { GET: authenticated }, rate_group: ${group} }`

/** Each test has clients of its own, and with them buckets of its own. */
const CLIENTS = 60
const clientOf = (name: string) =>
  `  ${name}: { upstream: up, client_id: "${name}", allow_list: any, secrets: upstream }`

let gateway: Gateway
let upstream: EchoUpstream
let used = 0
let client = ''

beforeAll(async () => {
  upstream = await echoUpstream()
  const clients = Array.from({ length: CLIENTS }, (_, at) => clientOf(`client-${at}`))
  const policy = await compiled(
    {
      // One object, so that all requests meet the same failure.
      'gateway.yaml': gatewayYaml.replace(
        'default_rate_group',
        'limiter: { shards: 1 }\n  default_rate_group',
      ),
      'up.yaml': `
policy_format: 1
upstream: { name: up, title: Up, prefix: /, origin: "\${UP_ORIGIN}", errors: vendor }
error_bodies:
  vendor:
    rate_limited: { body: { message: too many, request_id: "\${request_id}" } }
${GROUPS}
routes:
${groups.map(routeOf).join('\n')}
clients:
${clients.join('\n')}
`,
    },
    { up: upstream.origin },
  )
  gateway = await startGateway(policy, {}, undefined, await faultyBundle(inject('bundle')))
})

afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})

beforeEach(async () => {
  client = `client-${used++}`
  await tell({})
  await recovered()
  upstream.forget()
})

const tell = (orders: Orders): Promise<number> =>
  order(gateway.port, { fault: 'none', gatewayStep: 0, objectStep: 0, ...orders })

async function call(group: string, as = client): Promise<Response & { json: () => Promise<Body> }> {
  const headers = { authorization: basic(as, 'x'), 'cf-connecting-ip': '192.0.2.1' }
  return await fetch(`${gateway.url}/${group}`, { headers })
}

type Body = Readonly<Record<string, unknown>>

async function admitted(group: string, times: number): Promise<number> {
  let count = 0
  for (let at = 0; at < times; at++) {
    const response = await call(group)
    await response.arrayBuffer()
    if (response.status === 200) count += 1
  }
  return count
}

/** Waits until the limiter answers again: after a failure the gateway leaves it alone for a second. */
const recovered = () =>
  expect
    .poll(async () => (await call('open', 'client-0')).headers.has('x-ratelimit-remaining'), {
      timeout: 20_000,
    })
    .toBe(true)

/** What operators are told of an answer that the limiter did not give. */
async function expectWarning(response: Response, group: string, to: string, why: RegExp): Promise<void> {
  const id = response.headers.get('x-request-id')
  const warning = () => gateway.warnings().find((line) => line['request_id'] === id)
  await expect.poll(warning, { timeout: 10_000 }).toMatchObject({ limiter: 'degraded', group, to })
  expect(warning()?.['why']).toMatch(why)
}

describe.each<[Fault, RegExp]>([
  ['throws', /the disk is full/],
  ['slow', /no answer within 250 ms/],
  ['overloaded', /overloaded/],
  ['dies', /died in a test/],
  ['empty', /an empty reply/],
])('an object that is or does: %s', (fault, why) => {
  beforeEach(() => tell({ fault }))

  test('`closed` refuses with 429, the documented body, and a wait', async () => {
    const response = await call('closed')
    const id = response.headers.get('x-request-id')
    expect(response.status).toBe(429)
    expect(await response.json()).toEqual({ message: 'too many', request_id: id })
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    expect(Number(response.headers.get('retry-after'))).toBeLessThanOrEqual(3)
    expect(response.headers.get('x-ratelimit-limit')).toBe('60000')
    expect(response.headers.has('x-ratelimit-remaining')).toBe(false)
    expect(upstream.seen).toEqual([])
    const line = await gateway.lineOf(id)
    expect(line).toMatchObject({ decision: 'denied', reason: 'limiter_unavailable', status: 429 })
    await expectWarning(response, 'closed', 'closed', why)
  })

  test('`local` serves a tenth of the burst, then refuses', async () => {
    const response = await call('local')
    expect(response.status).toBe(200)
    expect(response.headers.has('x-ratelimit-remaining')).toBe(false)
    await expectWarning(response, 'local', 'local', why)
    expect(await admitted('local', 4)).toBe(1)
    const refused = await call('local')
    expect(refused.status).toBe(429)
    expect(await gateway.lineOf(refused.headers.get('x-request-id'))).toMatchObject({
      reason: 'limiter_unavailable',
      why: expect.stringMatching(/^local share spent/),
    })
  })

  test('`open` lets everything through, and says so', async () => {
    const response = await call('open')
    expect(response.status).toBe(200)
    expect(response.headers.has('x-ratelimit-remaining')).toBe(false)
    await expectWarning(response, 'open', 'open', why)
    expect(await admitted('open', 5)).toBe(5)
  })

  test('once it answers again, it decides again', async () => {
    await call('open')
    await tell({})
    await recovered()
    const good = await call('closed')
    expect(good.status).toBe(200)
    expect(good.headers.get('x-ratelimit-remaining')).toBe('59999')
  })
})

test.each<[Fault, number]>([
  ['throws', 2],
  ['slow', 1],
  ['overloaded', 1],
])(
  'an object that fails (%s) is asked %d times for the first request, and then left alone',
  async (fault, calls) => {
    await tell({ fault })
    await Promise.all(Array.from({ length: 50 }, () => call('open')))
    // The first takes a call, those that wait for it are told with it; a second may pass before all have come.
    expect(await tell({})).toBeLessThanOrEqual(2 * calls)
  },
)

test('memory is what it was after 1,000 requests to an object that throws', async () => {
  const round = () => Promise.all(Array.from({ length: 50 }, async () => (await call('open')).arrayBuffer()))
  await tell({ fault: 'throws' })
  for (let at = 0; at < 5; at++) await round()
  const before = await residentMib(gateway.running.process)
  for (let at = 0; at < 20; at++) await round()
  expect((await residentMib(gateway.running.process)) - before).toBeLessThan(SLACK_MIB)
})

test('an object that loses its memory after each answer forgets nothing', async () => {
  await tell({ fault: 'forgetful' })
  expect(await admitted('slow', 12)).toBe(5)
})

test('an object that dies before it has answered admits no more than the burst in all', async () => {
  await tell({ fault: 'dies' })
  expect(await admitted('slow', 3)).toBe(0)
  await tell({})
  await recovered()
  expect(await admitted('slow', 8)).toBeLessThanOrEqual(5)
})

describe('clocks', () => {
  test.each<[string, Orders]>([
    ['the object’s goes back by a moment', { objectStep: -3_000 }],
    ['the object’s goes back by a day', { objectStep: -DAY }],
    ['the gateway’s goes back by a day', { gatewayStep: -DAY }],
    ['the gateway’s goes forward by a day', { gatewayStep: DAY }],
    ['both go back by a day', { gatewayStep: -DAY, objectStep: -DAY }],
  ])('%s: nothing is minted, and the wait is no longer than one drain', async (_, orders) => {
    expect(await admitted('slow', 7)).toBe(5)
    await tell(orders)
    expect(await admitted('slow', 3)).toBe(0)
    const refused = await call('slow')
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(HOUR / 1000)
    expect(Number(refused.headers.get('x-ratelimit-reset'))).toBeLessThanOrEqual((5 * HOUR) / 1000)
  })

  test('the object’s goes forward by a day and back: one bucket more, and no lock-out of a day', async () => {
    expect(await admitted('slow', 7)).toBe(5)
    await tell({ objectStep: DAY })
    // The isolate knows for certain by its own clock that nothing has drained, and does not ask.
    expect(await admitted('slow', 3)).toBe(0)
    await tell({ objectStep: DAY, gatewayStep: DAY })
    expect(await admitted('slow', 7)).toBe(5)
    await tell({})
    const refused = await call('slow')
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(HOUR / 1000)
  })

  test.each([-DAY, -1_000, 1_000, DAY])(
    'a step of %d ms while requests are leased admits no more',
    async (step) => {
      const before = await admitted('leased', 10)
      await tell({ gatewayStep: step })
      const during = await admitted('leased', 10)
      await tell({})
      const all = before + during + (await admitted('leased', 40))
      expect(all).toBeLessThanOrEqual(40)
      // What an isolate cannot be sure of any more it does not use, and the object charges it.
      expect(all).toBeGreaterThanOrEqual(30)
    },
  )

  test('an outage ends although the clock was set back during it', async () => {
    await tell({ fault: 'throws' })
    expect((await call('closed')).status).toBe(429)
    await tell({ gatewayStep: -DAY })
    expect((await call('closed')).status).toBe(200)
  })
})
