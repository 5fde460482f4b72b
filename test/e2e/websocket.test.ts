/** WebSockets through the production runtime: where the route says `upgrade: websocket`, and nowhere else. */
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compiled, gatewayYaml } from '../support/example.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { rawRequest, sendRaw } from '../support/raw.ts'
import { type WebSocketUpstream, webSocketUpstream } from '../support/websocket-upstream.ts'

const upstreamYaml = `
policy_format: 1
upstream: { name: up, title: Up, prefix: /, origin: "\${UP_ORIGIN}" }
routes:
  socket:
    doc: may be upgraded
    paths: [/socket, /refuse]
    auth: none
    why_no_auth: a test
    respects_allow_list: false
    callers: { GET: anyone, POST: anyone }
    upgrade: websocket
  plain: { doc: may not, paths: [/plain], auth: none, why_no_auth: a test, respects_allow_list: false, callers: { GET: anyone } }
  secret: { doc: needs Basic, paths: [/secret], auth: basic, respects_allow_list: false, callers: { GET: authenticated }, upgrade: websocket }
`

let gateway: Gateway
let upstream: WebSocketUpstream

beforeAll(async () => {
  upstream = await webSocketUpstream()
  gateway = await startGateway(
    await compiled({ 'gateway.yaml': gatewayYaml, 'up.yaml': upstreamYaml }, { up: upstream.origin }),
  )
})

afterAll(async () => {
  upstream?.close()
  await gateway?.stop()
})

async function opened(protocols: string[] = []): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/socket`, protocols)
  socket.binaryType = 'arraybuffer'
  await once(socket, 'open')
  return socket
}

async function answered(socket: WebSocket, sent: string | Uint8Array<ArrayBuffer>): Promise<unknown> {
  const message = once(socket, 'message')
  socket.send(sent)
  const [event] = await message
  return event.data
}

test('messages of both kinds cross in both directions', async () => {
  const socket = await opened()
  expect(await answered(socket, 'hello')).toBe('hello')
  expect(await answered(socket, '')).toBe('')
  const bytes = crypto.getRandomValues(new Uint8Array(60_000))
  expect(new Uint8Array((await answered(socket, bytes)) as ArrayBuffer)).toEqual(bytes)
  socket.close()
})

test('the subprotocol that the upstream chose is the caller’s', async () => {
  const socket = await opened(['first', 'second'])
  expect(upstream.handshakes.at(-1)?.headers['sec-websocket-protocol']).toBe('first, second')
  expect(socket.protocol).toBe('second')
  socket.close()
})

test('the upstream’s close crosses with its code and reason', async () => {
  const socket = await opened()
  const closed = once(socket, 'close')
  socket.send('bye')
  expect(await closed).toMatchObject([{ code: 4321, reason: 'enough', wasClean: true }])
})

test('the caller’s close crosses with its code and reason', async () => {
  const before = upstream.closes.length
  const socket = await opened()
  socket.close(4000, 'done')
  await expect.poll(() => upstream.closes.slice(before)).toEqual([[4000, 'done']])
})

test('a connection that the upstream drops is dropped at the caller', async () => {
  const socket = await opened()
  const closed = once(socket, 'close')
  socket.send('cut')
  expect(await closed).toMatchObject([{ code: 1006, wasClean: false }])
})

const HANDSHAKE = [
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
]

const send = (line: string, headers: readonly string[] = HANDSHAKE, connection = 'close, Upgrade') =>
  sendRaw(
    gateway.port,
    rawRequest(line, headers).replace('Connection: close', () => `Connection: ${connection}`),
  )

test('an upstream that refuses the upgrade answers for itself', async () => {
  const response = await send('GET /refuse')
  expect([response.status, response.body]).toEqual([403, 'no'])
})

test.each([
  ['on a route without it', 'GET /plain', HANDSHAKE, 400, 'upgrade_refused'],
  ['by another method', 'POST /socket', HANDSHAKE, 400, 'upgrade_refused'],
  ['to another protocol', 'GET /socket', ['Upgrade: h2c'], 400, 'upgrade_refused'],
  ['to one of several', 'GET /socket', ['Upgrade: websocket, h2c'], 400, 'upgrade_refused'],
  ['twice', 'GET /socket', [...HANDSHAKE, 'Upgrade: websocket'], 400, 'upgrade_refused'],
  ['without credentials', 'GET /secret', HANDSHAKE, 401, 'credentials_missing'],
])('an upgrade %s is refused, and the upstream sees nothing', async (_, line, headers, status, reason) => {
  const before = upstream.handshakes.length + upstream.plain.length
  const response = await send(line, headers)
  expect(response.status).toBe(status)
  expect(upstream.handshakes.length + upstream.plain.length).toBe(before)
  const logged = await gateway.lineOf(response.headers['x-request-id'])
  expect(logged).toMatchObject({ decision: 'denied', reason, status })
})

test('a handshake without key and version is refused by the runtime, and nothing is left of it at the upstream', async () => {
  const before = upstream.closes.length
  const response = await send('GET /socket', ['Upgrade: websocket'])
  expect(response.status).toBe(426)
  await expect.poll(() => upstream.closes.slice(before)).toEqual([[1006, '']])
  expect((await send('GET /socket', [])).status).toBe(200)
})

test('a request without an upgrade is a plain one', async () => {
  const response = await send('GET /socket', [])
  expect([response.status, response.body]).toEqual([200, 'plain'])
})

test('an upgrade is one line in the log, with status 101', async () => {
  const socket = await opened()
  const id = upstream.handshakes.at(-1)?.headers['x-request-id']
  expect(await gateway.lineOf(`${id}`)).toMatchObject({
    decision: 'allowed',
    status: 101,
    route: 'up/socket',
  })
  socket.close()
})

test('the upstream sees the gateway’s own handshake: nothing of the caller’s connection', async () => {
  const socket = await opened()
  const { rawHeaders } = upstream.handshakes.at(-1) ?? { rawHeaders: [] }
  const names = rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase())
  expect(names.filter((name) => name.startsWith('sec-websocket-')).sort()).toEqual([
    'sec-websocket-key',
    'sec-websocket-version',
  ])
  expect(names).toContain('x-request-id')
  socket.close()
})
