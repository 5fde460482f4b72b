/** Callers that stop, break off or overdo it, as raw bytes on the production runtime; the table is in docs/reliability.md. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compiled, gatewayYaml } from '../support/example.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { residentMib, SLACK_MIB } from '../support/memory.ts'
import { rawRequest, sendRaw } from '../support/raw.ts'
import { type EchoUpstream, echoUpstream } from '../support/upstream.ts'

const upstreamYaml = `
policy_format: 1
upstream: { name: up, title: Up, prefix: /, origin: "\${UP_ORIGIN}", timeout: 500ms }
routes:
  open: { doc: open, paths: [/open], auth: none, why_no_auth: a test, respects_allow_list: false, callers: { GET: anyone, POST: anyone } }
  form: { doc: the client is named in the form, paths: [/form], auth: client_id, respects_allow_list: false, callers: { POST: authenticated } }
`

let gateway: Gateway
let upstream: EchoUpstream

beforeAll(async () => {
  upstream = await echoUpstream()
  gateway = await startGateway(
    await compiled({ 'gateway.yaml': gatewayYaml, 'up.yaml': upstreamYaml }, { up: upstream.origin }),
  )
})

afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})

const FORM = 'Content-Type: application/x-www-form-urlencoded'
const CHUNKED = 'Transfer-Encoding: chunked'

/** A request whose body is not what its fields say. */
const bodied = (path: string, lines: readonly string[], body: string): string =>
  rawRequest(`POST ${path}`, lines) + body

async function expectGoodIsServed(): Promise<void> {
  expect((await sendRaw(gateway.port, rawRequest('GET /open'))).status).toBe(200)
}

test.each([
  ['breaks the chunked coding', [CHUNKED], '4\r\nhalf\r\nZZ\r\n', 502, 'upstream_unreachable'],
  ['stops in the middle of its upload', ['Content-Length: 100'], 'half', 504, 'upstream_timeout'],
  ['stops in the middle of a chunk', [CHUNKED], '8\r\nhalf', 504, 'upstream_timeout'],
])('one that %s: the upstream never has a whole request', async (_, lines, body, status, reason) => {
  upstream.forget()
  const response = await sendRaw(gateway.port, bodied('/open', lines, body))
  expect(response.status).toBe(status)
  expect(JSON.parse(response.body)).toMatchObject({ request_id: response.headers['x-request-id'] })
  expect(await gateway.lineOf(response.headers['x-request-id'])).toMatchObject({ reason, status })
  expect(upstream.seen).toEqual([])
  await expectGoodIsServed()
})

test('one that breaks the coding of a form that the gateway reads: 400', async () => {
  const response = await sendRaw(gateway.port, bodied('/form', [FORM, CHUNKED], '4\r\na=b&\r\nZZ\r\n'))
  expect(response.status).toBe(400)
  expect(await gateway.lineOf(response.headers['x-request-id'])).toMatchObject({
    decision: 'denied',
    reason: 'bad_request',
  })
  await expectGoodIsServed()
})

test('one that sends more of a form than is read: 413 before it has ended', async () => {
  const chunk = `10000\r\n${'a'.repeat(0x10000)}\r\n`
  const response = await sendRaw(gateway.port, bodied('/form', [FORM, CHUNKED], chunk.repeat(2)))
  expect(response.status).toBe(413)
  expect(await gateway.lineOf(response.headers['x-request-id'])).toMatchObject({ reason: 'body_too_large' })
  await expectGoodIsServed()
})

test('two hundred that have begun a form and stop: the others are served, and they are answered in the end', async () => {
  const before = await residentMib(gateway.running.process)
  const stopped = Array.from({ length: 200 }, () =>
    sendRaw(gateway.port, bodied('/form', [FORM, 'Content-Length: 1000'], 'client_id=')),
  )
  await expectGoodIsServed()
  expect((await residentMib(gateway.running.process)) - before).toBeLessThan(SLACK_MIB)
  const statuses = (await Promise.all(stopped)).map(({ status }) => status)
  expect(statuses).toEqual(statuses.map(() => 400))
  await expectGoodIsServed()
})

test.each([
  ['header fields of two megabytes', rawRequest('GET /open', [`X-Filler: ${'a'.repeat(2_000_000)}`]), 431],
  ['a target of 100 KB', rawRequest(`GET /open?${'a'.repeat(100_000)}`), 414],
])('one that sends %s is refused by the runtime, in its own words', async (_, request, status) => {
  upstream.forget()
  expect((await sendRaw(gateway.port, request)).status).toBe(status)
  expect(upstream.seen).toEqual([])
  await expectGoodIsServed()
})

test('one that sends garbage is refused by the runtime, and the next one is served', async () => {
  const response = await sendRaw(gateway.port, '\u0000\u0001 no http at all\r\n\r\n')
  expect(response.status).toBe(400)
  await expectGoodIsServed()
})
