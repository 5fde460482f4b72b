/** Callers that hang up while the limiter is asked, on the production runtime: nobody behind them hangs or falls back. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compiled, gatewayYaml } from '../support/example.ts'
import { basic } from '../support/facts.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { type EchoUpstream, echoUpstream } from '../support/upstream.ts'

const limitsYaml = `
policy_format: 1
upstream: { name: limits, title: Limits, prefix: /limits, origin: "\${GW_ORIGIN}" }
rate_groups:
  flood: { period: 1s, rate: 100000, burst: 100000, per: client, consistency: strict }
routes:
  flood: { doc: flood, paths: [/flood], auth: basic, respects_allow_list: false, callers: { POST: authenticated }, rate_group: flood }
clients:
  busy:
    upstream: limits
    client_id: "busy"
    allow_list: any
    secrets: upstream
`

let upstream: EchoUpstream
let gateway: Gateway

beforeAll(async () => {
  upstream = await echoUpstream()
  const policy = await compiled(
    { 'gateway.yaml': gatewayYaml, 'limits.yaml': limitsYaml },
    { limits: upstream.origin },
  )
  gateway = await startGateway(policy)
})

afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})

async function call(signal: AbortSignal | null = null): Promise<Response> {
  const headers = { authorization: basic('busy', 'x'), 'cf-connecting-ip': '192.0.2.1' }
  const response = await fetch(`${gateway.url}/limits/flood`, { method: 'POST', headers, signal })
  await response.arrayBuffer()
  return response
}

test('every second caller hangs up at another moment: all others are counted by the limiter itself', async () => {
  await call()
  for (let round = 0; round < 10; round++) {
    const hangUps = Array.from({ length: 30 }, () => new AbortController())
    const stayed: Promise<Response>[] = []
    const gone: Promise<unknown>[] = []
    for (const hangUp of hangUps) {
      gone.push(call(hangUp.signal).catch(() => undefined))
      stayed.push(call())
    }
    for (const hangUp of hangUps) {
      await sleep(round % 3 === 0 ? 0 : 1)
      hangUp.abort()
    }
    for (const response of await Promise.all(stayed)) {
      expect(response.status).toBe(200)
      // A group that falls back does not tell what remains: it cannot know.
      expect(response.headers.has('x-ratelimit-remaining')).toBe(true)
    }
    await Promise.all(gone)
  }
})
