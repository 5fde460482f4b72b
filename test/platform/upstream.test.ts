import { createServer, type Server } from 'node:http'
import type { AddressInfo, Server as TcpServer } from 'node:net'
import { createServer as createTcpServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { networkUpstream } from '../../src/platform/upstream.ts'

let http: Server
let silent: TcpServer
let breaking: TcpServer

const originOf = (server: Server | TcpServer) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

beforeAll(async () => {
  http = createServer((request, response) => {
    const status = Number(request.url?.slice(1))
    response.writeHead(status, status === 302 ? { location: 'http://127.0.0.1:9/' } : {}).end(request.method)
  })
  silent = createTcpServer(() => {})
  breaking = createTcpServer((socket) => socket.end('no http at all\r\n\r\n'))
  await Promise.all(
    [http, silent, breaking].map(
      (server) => new Promise<void>((done) => server.listen(0, '127.0.0.1', done)),
    ),
  )
})

afterAll(() => {
  for (const server of [http, silent, breaking]) server.close()
})

const send = (url: string, timeout = 5_000) =>
  networkUpstream.send({ url, method: 'POST', headers: new Headers(), body: null, timeout })

test.each([200, 204, 302, 404, 429, 500, 503])('a %d is handed back as it is', async (status) => {
  const sent = await send(`${originOf(http)}/${status}`)
  expect(sent.ok && sent.value.status).toBe(status)
})

test.each([
  [520, 'upstream_unreachable'],
  [521, 'upstream_unreachable'],
  [522, 'upstream_timeout'],
  [524, 'upstream_timeout'],
  [530, 'upstream_unreachable'],
])('a %d of the edge means %s', async (status, reason) => {
  expect(await send(`${originOf(http)}/${status}`)).toEqual({ ok: false, error: { reason } })
})

test.each([600, 999])('a %d is none that a caller can be given, and the log is told so', async (status) => {
  const sent = await send(`${originOf(http)}/${status}`)
  expect(!sent.ok && sent.error).toMatchObject({
    reason: 'upstream_unreachable',
    why: expect.stringContaining('status'),
  })
})

test('nobody listens', async () => {
  expect(await send('http://127.0.0.1:9/')).toEqual({ ok: false, error: { reason: 'upstream_unreachable' } })
})

test('an answer that is no HTTP', async () => {
  expect(await send(originOf(breaking))).toEqual({ ok: false, error: { reason: 'upstream_unreachable' } })
})

test('an upstream that says nothing is given up after the time it has', async () => {
  expect(await send(originOf(silent), 50)).toEqual({ ok: false, error: { reason: 'upstream_timeout' } })
})
