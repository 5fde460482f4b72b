/**
 * Bodies on their way through the production runtime: a gigabyte in constant memory, events as they are sent, and both
 * directions at once. Nothing sleeps: each side waits for what the other has done.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compiled, gatewayYaml } from '../support/example.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { listening } from '../support/listening.ts'
import { peakMib, residentMib, SLACK_MIB } from '../support/memory.ts'

const MIB = 1 << 20
const GIGABYTE = 1024 * MIB
/** Both ends and the gateway share two cores. */
const LONG_MS = 120_000

const upstreamYaml = `
policy_format: 1
upstream: { name: up, title: Up, prefix: /, origin: "\${UP_ORIGIN}", timeout: 90s }
routes:
  all: { doc: all, paths: ["/**"], auth: none, why_no_auth: a test, respects_allow_list: false, callers: { GET: anyone, POST: anyone } }
`

/** Not the same everywhere, so that a piece that is lost or doubled shows in the checksum. */
const chunk = crypto.getRandomValues(new Uint8Array(65_536))
const CHUNKS = GIGABYTE / chunk.length
let checksum = 0

let gateway: Gateway
let server: Server
/** Takes the next request that reaches the upstream. */
let arrived: () => Promise<[request: IncomingMessage, response: ServerResponse]>

beforeAll(async () => {
  for (let at = 0; at < CHUNKS; at++) checksum = crc32(chunk, checksum)
  server = createServer()
  arrived = async () => {
    const [request, response] = await once(server, 'request')
    return [request, response]
  }
  gateway = await startGateway(
    await compiled({ 'gateway.yaml': gatewayYaml, 'up.yaml': upstreamYaml }, { up: await listening(server) }),
  )
}, LONG_MS)

afterAll(async () => {
  await gateway?.stop()
  server?.closeAllConnections()
  server?.close()
})

/** A connection on which this was sent; `read` gives all that has come so far. */
function caller(sent: string) {
  const socket = connect(gateway.port, '127.0.0.1')
  let text = ''
  socket.on('data', (data) => (text += data.toString('latin1'))).on('error', () => {})
  socket.write(sent)
  return { socket, read: () => text }
}

const head = (method: string, lines: readonly string[] = []): string =>
  [`${method} /x HTTP/1.1`, 'Host: gw.example', 'Connection: close', ...lines, '', ''].join('\r\n')

async function writeAll(to: ServerResponse | Socket): Promise<void> {
  for (let at = 0; at < CHUNKS; at++) if (!to.write(chunk)) await once(to, 'drain')
}

/** How many bytes come, and their checksum. */
async function counted(
  from: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<{ length: number; checksum: number }> {
  const sum = { length: 0, checksum: 0 }
  for await (const part of from) {
    sum.length += part.byteLength
    sum.checksum = crc32(part, sum.checksum)
  }
  return sum
}

describe('a gigabyte', () => {
  test('comes down whole, in constant memory', { timeout: LONG_MS }, async () => {
    const before = await residentMib(gateway.running.process)
    const peak = peakMib(gateway.running.process)
    const response = fetch(`${gateway.url}/x`)
    const [, answer] = await arrived()
    answer.writeHead(200, { 'content-length': GIGABYTE })
    const writing = writeAll(answer).then(() => answer.end())
    const { body, headers } = await response
    expect(headers.get('content-length')).toBe(`${GIGABYTE}`)
    expect(await counted(body ?? [])).toEqual({ length: GIGABYTE, checksum })
    await writing
    expect((await peak.stop()) - before).toBeLessThan(SLACK_MIB)
  })

  test('goes up whole, in constant memory', { timeout: LONG_MS }, async () => {
    const before = await residentMib(gateway.running.process)
    const peak = peakMib(gateway.running.process)
    const { socket, read } = caller(head('POST', [`Content-Length: ${GIGABYTE}`]))
    const writing = writeAll(socket)
    const [request, answer] = await arrived()
    expect(request.headers['content-length']).toBe(`${GIGABYTE}`)
    expect(await counted(request)).toEqual({ length: GIGABYTE, checksum })
    await writing
    answer.end('got it')
    await once(socket, 'close')
    expect(read()).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*got it/)
    expect((await peak.stop()) - before).toBeLessThan(SLACK_MIB)
  })
})

test('events arrive as they are sent: each is here before the next one is written', async () => {
  const { socket, read } = caller(head('GET', ['Accept: text/event-stream']))
  const [, answer] = await arrived()
  answer.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  for (let event = 0; event < 20; event++) {
    answer.write(`id: ${event}\ndata: ${event}\n\n`)
    await expect.poll(read, { interval: 1, timeout: 10_000 }).toContain(`data: ${event}\n`)
  }
  answer.end()
  await once(socket, 'close')
  expect(read()).toMatch(/\r\n0\r\n\r\n$/)
})

test('a caller that leaves an event stream ends it at the upstream, with the next event', async () => {
  const { socket, read } = caller(head('GET'))
  const [, answer] = await arrived()
  let closed = false
  answer.on('close', () => (closed = true)).on('error', () => {})
  answer.write('data: 1\n\n')
  await expect.poll(read).toContain('data: 1')
  socket.destroy()
  const next = () => {
    answer.write(': still there?\n\n')
    return closed
  }
  await expect.poll(next, { timeout: 10_000 }).toBe(true)
})

test('the answer begins while the request is still being sent, and each piece crosses at once', async () => {
  const { socket, read } = caller(head('POST', ['Transfer-Encoding: chunked']))
  const [request, answer] = await arrived()
  expect(request.headers['transfer-encoding']).toBe('chunked')
  expect(request.headers['content-length']).toBeUndefined()
  request.on('data', (data) => answer.write(`(${data})`)).on('end', () => answer.end('.'))
  for (let piece = 0; piece < 10; piece++) {
    socket.write(`1\r\n${piece}\r\n`)
    await expect.poll(read, { interval: 1, timeout: 10_000 }).toContain(`(${piece})`)
  }
  socket.write('0\r\n\r\n')
  await once(socket, 'close')
  expect(read()).toContain('Transfer-Encoding: chunked')
  expect(read()).toMatch(/\r\n0\r\n\r\n$/)
})

test.each([
  ['with a length', 'Content-Length: 1000', 'half'],
  ['in chunks', 'Transfer-Encoding: chunked', '4\r\nhalf\r\n'],
])(
  'an upload %s that its caller breaks off is broken off at the upstream: never half a request',
  async (_, line, sent) => {
    const { socket } = caller(head('POST', [line]) + sent)
    const [request] = await arrived()
    await once(request, 'data')
    const broken = once(request, 'error')
    socket.destroy()
    expect(await broken).toMatchObject([{ code: 'ECONNRESET' }])
    expect(request.complete).toBe(false)
  },
)

test('an answer that comes before the upload has ended is handed on', async () => {
  const { socket, read } = caller(head('POST', [`Content-Length: ${GIGABYTE}`]))
  socket.write(chunk)
  const [, answer] = await arrived()
  answer.writeHead(413).end('too much')
  await expect.poll(read).toMatch(/^HTTP\/1\.1 413 [\s\S]*too much/)
  socket.destroy()
})
