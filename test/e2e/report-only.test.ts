/** Rules that are tried out, on workerd with its own clock: let through and told of in the log, and refused once it is over. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compiled } from '../support/example.ts'
import { basic } from '../support/facts.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { trialYaml } from '../support/trial-policy.ts'
import { type EchoUpstream, echoUpstream } from '../support/upstream.ts'

let upstream: EchoUpstream
const gateways: Gateway[] = []

beforeAll(async () => {
  upstream = await echoUpstream()
})

afterAll(async () => {
  for (const gateway of gateways) await gateway.stop()
  await upstream?.close()
})

async function gatewayWith(line: string): Promise<Gateway> {
  const gateway = await startGateway(await compiled(trialYaml(line), { api: upstream.origin }))
  gateways.push(gateway)
  return gateway
}

const get = (gateway: Gateway, path: string, client: string | undefined, from: string): Promise<Response> =>
  fetch(`${gateway.url}${path}`, {
    headers: { 'cf-connecting-ip': from, ...(client && { authorization: basic(client, 'secret') }) },
  })

test('while it lasts the answer is the upstream’s, and the log says what would be denied', async () => {
  const gateway = await gatewayWith('report_only: { until: 2999-01-01 }')
  const answer = await get(gateway, '/api/tried', 'plain', '203.0.113.9')
  expect(answer.status).toBe(200)
  expect(await answer.json()).toEqual({ stat: 'ok', path: '/tried' })
  expect(upstream.seen.map(({ headers }) => headers['x-sallyport-client'])).toEqual(['plain'])
  const until = '2999-01-01'
  expect(await gateway.lineOf(answer.headers.get('x-request-id'))).toMatchObject({
    decision: 'allowed',
    client: 'plain',
    address: '203.0.113.9',
    status: 200,
    would_deny: [
      { reason: 'address_not_allowed', step: 'network', until },
      { reason: 'feature_missing', step: 'features', until },
    ],
  })
  const limited = [1, 2, 3].map(() => get(gateway, '/api/counted-alone', 'acme', '192.0.2.9'))
  expect((await Promise.all(limited)).map(({ status }) => status)).toEqual([200, 200, 200])
  await expect
    .poll(() => gateway.log().filter((line) => JSON.stringify(line).includes('"rate_limited"')).length, {
      timeout: 10_000,
    })
    .toBe(2)
  expect((await get(gateway, '/api/tried', undefined, '192.0.2.9')).status).toBe(401)
})

test('past its date it refuses', async () => {
  const gateway = await gatewayWith('report_only: { until: 2020-01-01 }')
  const answer = await get(gateway, '/api/tried', 'plain', '203.0.113.9')
  expect(answer.status).toBe(403)
  const line = await gateway.lineOf(answer.headers.get('x-request-id'))
  expect(line).toMatchObject({ decision: 'denied', reason: 'address_not_allowed', step: 'network' })
  expect(line).not.toHaveProperty('would_deny')
  expect((await get(gateway, '/api/counted-alone', 'acme', '192.0.2.9')).status).toBe(200)
  expect((await get(gateway, '/api/counted-alone', 'acme', '192.0.2.9')).status).toBe(429)
})
