/** Forwarding on the production runtime: bodies both ways, redirects, failures of the upstream, and what is logged. */

import type { AddressInfo } from 'node:net'
import { createServer, type Server } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { compiled, gatewayYaml } from '../support/example.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { rawRequest, sendRaw } from '../support/raw.ts'
import { type EchoUpstream, echoUpstream } from '../support/upstream.ts'

const open = (name: string, more = '') => `
policy_format: 1
upstream: { name: ${name}, title: ${name}, prefix: /${name}, origin: "\${X_ORIGIN}", timeout: 500ms ${more} }
routes:
  all:
    doc: everything
    paths: ["/**"]
    auth: none
    why_no_auth: a test
    respects_allow_list: false
    callers: { GET: anyone, POST: anyone, PUT: anyone, DELETE: anyone }
`
const bodies = `
error_bodies:
  vendor:
    upstream_unavailable: { body: { message: the upstream is away, request_id: "\${request_id}" } }
`

let gateway: Gateway
let upstream: EchoUpstream
let silent: Server

beforeAll(async () => {
  upstream = await echoUpstream((request, response) => {
    const path = request.url.split('?')[0]
    if (path === '/redirect') return void response.writeHead(302, { location: 'http://evil.example/' }).end()
    if (path === '/gzip') {
      return void response
        .writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'text/plain' })
        .end(gzipSync('hello'))
    }
    if (path === '/limited') {
      return void response
        .writeHead(200, { 'x-ratelimit-remaining': '7777', 'x-request-id': 'theirs', 'retry-after': '9' })
        .end()
    }
    if (path === '/slow-body') {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: 1\n\n')
      return void setTimeout(() => response.end('data: 2\n\n'), 900)
    }
    response.writeHead(201, { 'x-method': request.method }).end(request.body)
  })
  silent = createServer(() => {})
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const policy = await compiled(
    {
      'gateway.yaml': gatewayYaml,
      'upstreams/up.yaml': open('up'),
      'upstreams/silent.yaml': open('silent', ', errors: vendor') + bodies,
      'upstreams/away.yaml': open('away', ', errors: vendor'),
      'upstreams/unset.yaml': open('unset').replace('X_ORIGIN', 'NOT_SET'),
      'upstreams/env.yaml': open('env').replace('X_ORIGIN', 'ENV_ORIGIN'),
    },
    {
      up: upstream.origin,
      silent: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
      away: 'http://127.0.0.1:9',
    },
  )
  gateway = await startGateway(policy, { ENV_ORIGIN: upstream.origin })
})

afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
  silent?.close()
})

beforeEach(() => upstream.forget())

const get = (path: string, init: RequestInit = {}) =>
  fetch(`${gateway.url}${path}`, { redirect: 'manual', ...init })

test('a body goes on byte for byte, and so does the answer', async () => {
  const bytes = crypto.getRandomValues(new Uint8Array(60_000))
  const response = await get('/up/a/b?c=d', { method: 'PUT', body: bytes })
  expect(response.status).toBe(201)
  expect(response.headers.get('x-method')).toBe('PUT')
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes)
  expect(upstream.seen[0]?.url).toBe('/a/b?c=d')
})

test('20 MB are streamed', async () => {
  const chunk = new Uint8Array(1 << 20).fill(7)
  let left = 20
  const body = new ReadableStream({
    pull: (controller) => (left-- > 0 ? controller.enqueue(chunk) : controller.close()),
  })
  const response = await get('/up/big', { method: 'POST', body, duplex: 'half' } as RequestInit)
  let received = 0
  for await (const part of response.body ?? []) received += part.byteLength
  expect(received).toBe(20 << 20)
})

test('a redirect is handed back, never followed', async () => {
  const response = await get('/up/redirect')
  expect(response.status).toBe(302)
  expect(response.headers.get('location')).toBe('http://evil.example/')
})

test('a compressed answer arrives whole', async () => {
  const response = await get('/up/gzip')
  expect(await response.text()).toBe('hello')
})

test('limits and ids are the gateway’s own, not the upstream’s', async () => {
  const response = await get('/up/limited')
  expect(response.headers.get('x-ratelimit-remaining')).not.toBe('7777')
  expect(response.headers.get('x-request-id')).toMatch(/^[a-z2-7]{16}$/)
})

test('the time-out ends with the headers: a body may take longer, and comes as it is sent', async () => {
  const response = await get('/up/slow-body')
  const parts = []
  for await (const part of response.body ?? []) parts.push(Buffer.from(part).toString())
  expect(parts.join('')).toBe('data: 1\n\ndata: 2\n\n')
  expect(parts).toHaveLength(2)
})

test('a GET that carries a body is answered 400: it cannot be forwarded as it is', async () => {
  const response = await sendRaw(
    gateway.port,
    rawRequest('GET /up/x', ['Content-Type: application/x-www-form-urlencoded'], 'a=b'),
  )
  expect(response.status).toBe(400)
  expect(upstream.seen).toEqual([])
})

describe('failures of the upstream', () => {
  test('too slow: 504 with the upstream’s own body', async () => {
    const response = await get('/silent/x')
    expect(response.status).toBe(504)
    expect(await response.json()).toEqual({
      message: 'the upstream is away',
      request_id: response.headers.get('x-request-id'),
    })
  })

  test('not there: 502', async () => {
    const response = await get('/away/x')
    expect(response.status).toBe(502)
  })

  test('without an origin: 503', async () => {
    expect((await get('/unset/x')).status).toBe(503)
  })

  test('an origin of the environment is used', async () => {
    expect((await get('/env/x')).status).toBe(201)
  })

  test('each is one line in the log: allowed, with the reason and the status', async () => {
    const id = (await get('/away/y')).headers.get('x-request-id')
    await expect
      .poll(() => gateway.log().find((line) => line['request_id'] === id))
      .toMatchObject({
        decision: 'allowed',
        reason: 'upstream_unreachable',
        status: 502,
        route: 'away/all',
        path: '/away/**',
      })
  })
})

test('an upgrade that no route allows is refused', async () => {
  const response = await sendRaw(
    gateway.port,
    rawRequest('GET /up/ws', [
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ]).replace('Connection: close', 'Connection: Upgrade, close'),
  )
  expect(response.status).toBe(400)
  expect(upstream.seen).toEqual([])
})

const CHUNKED = 'Transfer-Encoding: chunked'

/** What says that a GET or HEAD has a body: such a request cannot be forwarded as it is. */
test.each([
  ['nothing', [], '', 201],
  ['a length of 0', ['Content-Length: 0'], '', 201],
  ['two lengths of 0', ['Content-Length: 0', 'Content-Length: 0'], '', 201],
  ['a length of 0 in another spelling', ['Content-Length: 00'], '', 400],
  ['a length', ['Content-Length: 3'], 'a=b', 400],
  ['chunks', [CHUNKED], '3\r\na=b\r\n0\r\n\r\n', 400],
  ['the last chunk alone', [CHUNKED], '0\r\n\r\n', 400],
])('a GET or HEAD with %s', async (_, framing, body, status) => {
  for (const method of ['GET', 'HEAD']) {
    const answer = await sendRaw(gateway.port, rawRequest(`${method} /up/x`, framing) + body)
    expect(answer.status).toBe(status)
  }
  expect(upstream.seen.map(({ method }) => method)).toEqual(status === 201 ? ['GET', 'HEAD'] : [])
})
