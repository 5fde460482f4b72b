/** Rate limits through the whole gateway on the production runtime: exact under a flood, and across a restart. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CompiledPolicy } from '../../src/policy/model.ts'
import { compiled, gatewayYaml } from '../support/example.ts'
import { basic } from '../support/facts.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { type EchoUpstream, echoUpstream } from '../support/upstream.ts'

/** Of `slow`, one request comes free each hour: what a test admits is the burst and nothing else. */
const limitsYaml = `
policy_format: 1
upstream: { name: limits, title: Limits, prefix: /limits, origin: "\${GW_ORIGIN}" }
rate_groups:
  slow:   { period: 1h, rate: 1, burst: 50, per: client, consistency: strict }
  leased: { period: 1h, rate: 1, burst: 50, per: client }
  second: { period: 1s, rate: 1, burst: 1, per: client }
  early:  { period: 1h, rate: 1, burst: 3, per: address, before_auth: true }
routes:
  slow:   { doc: slow, paths: [/slow], auth: basic, respects_allow_list: false, callers: { POST: authenticated }, rate_group: slow }
  leased: { doc: leased, paths: [/leased], auth: basic, respects_allow_list: false, callers: { POST: authenticated }, rate_group: leased }
  second: { doc: second, paths: [/second], auth: basic, respects_allow_list: false, callers: { POST: authenticated }, rate_group: second }
  early:  { doc: early, paths: [/early], auth: basic, respects_allow_list: false, callers: { POST: authenticated }, rate_group: early }
clients:
  busy:
    upstream: limits
    client_id: "busy"
    allow_list: any
    secrets: upstream
  calm:
    upstream: limits
    client_id: "calm"
    allow_list: any
    secrets: upstream
`

let upstream: EchoUpstream
let policy: CompiledPolicy
let objects: string
let gateway: Gateway

beforeAll(async () => {
  upstream = await echoUpstream()
  objects = await mkdtemp(join(tmpdir(), 'sallyport-limits-'))
  const texts = { 'gateway.yaml': gatewayYaml, 'limits.yaml': limitsYaml }
  policy = await compiled(texts, { limits: upstream.origin })
  gateway = await startGateway(policy, {}, objects)
})

afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
  await rm(objects, { recursive: true, force: true })
})

function call(path: string, client: string, address = '192.0.2.1'): Promise<Response> {
  const headers = { authorization: basic(client, 'x'), 'cf-connecting-ip': address }
  return fetch(`${gateway.url}/limits/${path}`, { method: 'POST', headers })
}

async function flood(count: number, path: string, client: string): Promise<Response[]> {
  const responses = await Promise.all(Array.from({ length: count }, () => call(path, client)))
  await Promise.all(responses.map((response) => response.arrayBuffer()))
  return responses
}

const admitted = (responses: readonly Response[]) => responses.filter(({ status }) => status === 200).length

describe.each(['slow', 'leased'])('a burst of 50 of the group `%s`', (group) => {
  test('1,000 requests at once, the gateway restarted, 1,000 more: exactly 50 are admitted', async () => {
    const first = await flood(1_000, group, 'busy')
    await gateway.stop()
    gateway = await startGateway(policy, {}, objects)
    const second = await flood(1_000, group, 'busy')
    expect(admitted(first) + admitted(second)).toBe(50)
    for (const response of [...first, ...second].filter(({ status }) => status !== 200)) {
      expect(response.status).toBe(429)
      expect(response.headers.get('x-ratelimit-remaining')).toBe('0')
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    }
  })

  test('another client has its own', async () => {
    const response = await call(group, 'calm')
    expect(response.status).toBe(200)
    expect(response.headers.get('x-ratelimit-limit')).toBe('50')
    expect(response.headers.get('x-ratelimit-remaining')).toBe('49')
    expect(response.headers.get('x-ratelimit-reset')).toBe('3600')
  })
})

test('whoever obeys Retry-After to the second is served', async () => {
  expect((await call('second', 'busy')).status).toBe(200)
  const refused = await call('second', 'busy')
  expect(refused.status).toBe(429)
  expect(refused.headers.get('retry-after')).toBe('1')
  expect(refused.headers.get('ratelimit-policy')).toBe('"second";q=1;w=1')
  await sleep(1000 * Number(refused.headers.get('retry-after')))
  expect((await call('second', 'busy')).status).toBe(200)
})

test('a group that counts before authentication counts addresses, whoever they say they are', async () => {
  const statuses = []
  for (const client of ['nobody', 'busy', 'nobody', 'busy', 'calm']) {
    statuses.push((await call('early', client, '198.51.100.77')).status)
  }
  expect(statuses).toEqual([401, 200, 401, 429, 429])
  expect((await call('early', 'busy', '198.51.100.78')).status).toBe(200)
})
