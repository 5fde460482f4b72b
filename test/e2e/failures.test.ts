/**
 * Upstreams that fail, on the production runtime: what the caller gets, what the decision log says, that memory stays
 * bounded, and that the next good request is served. The table is that of docs/reliability.md.
 */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compiled, gatewayYaml } from '../support/example.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { listening } from '../support/listening.ts'
import { residentMib, SLACK_MIB } from '../support/memory.ts'
import { type RawResponse, rawRequest, sendRaw } from '../support/raw.ts'
import {
  closingAfter,
  plain,
  type RawAnswer,
  type RawUpstream,
  rawUpstream,
  writing,
} from '../support/raw-upstream.ts'

const MIB = 1 << 20

const manyHeaders = (count: number, bytes: number): string[] =>
  Array.from({ length: count }, (_, at) => `X-Filler-${at}: ${'a'.repeat(bytes)}`)

/** No answer that could be handed on. */
const broken: Readonly<Record<string, RawAnswer>> = {
  '/closes': (socket) => socket.destroy(),
  '/closes-mid-status': closingAfter('HTTP/1.'),
  '/closes-mid-headers': closingAfter('HTTP/1.1 200 OK\r\nContent-Ty'),
  '/garbage': closingAfter(Uint8Array.from([0, 1, 2, 255, 254, 13, 10, 13, 10])),
  '/tls': closingAfter(Uint8Array.from([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x28])),
  '/another-protocol': closingAfter('220 mail.example ESMTP\r\n'),
  '/huge-headers': writing(plain('ok', manyHeaders(200, 8000))),
  '/two-lengths': writing(plain('ok', ['Content-Length: 3'])),
  '/status-099': writing(plain('ok', [], '099 Odd')),
  '/status-600': writing(plain('ok', [], '600 Odd')),
  '/status-999': writing(plain('ok', [], '999 Odd')),
  '/unasked-upgrade': writing(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n!',
  ),
}

/** Nothing, or not all of it. */
const hanging: Readonly<Record<string, RawAnswer>> = {
  '/hangs': () => {},
  '/hangs-mid-headers': writing('HTTP/1.1 200 OK\r\nContent-Ty'),
  '/only-early-hints': writing('HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n'),
}

/** An answer whose body does not come to its end. */
const cutOff: Readonly<Record<string, RawAnswer>> = {
  '/closes-mid-body': closingAfter('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'),
  '/closes-mid-chunk': closingAfter('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nhalf'),
  '/closes-between-chunks': closingAfter(
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n',
  ),
  '/bad-chunk': writing('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nZZ\r\n'),
}

/** Unusual, and good. */
const odd: Readonly<Record<string, RawAnswer>> = {
  '/early-hints': writing(`HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n${plain('ok')}`),
  '/processing': writing(`HTTP/1.1 102 Processing\r\n\r\n${plain('ok')}`),
  '/unasked-continue': writing(`HTTP/1.1 100 Continue\r\n\r\n${plain('ok')}`),
  '/trailers': writing(
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Late\r\n\r\n2\r\nok\r\n0\r\nX-Late: 1\r\n\r\n',
  ),
  '/more-than-asked': writing(`${plain('ok')}${plain('poison')}`),
  '/until-close': closingAfter('HTTP/1.0 200 OK\r\n\r\nok'),
  '/odd-reason': writing(plain('ok', [], '200 \t')),
  '/large-headers': writing(plain('ok', manyHeaders(7, 8000))),
}

const redirects = [301, 302, 303, 307, 308]
const redirecting = Object.fromEntries(
  redirects.map((status): [string, RawAnswer] => [
    `/redirect-${status}`,
    writing(plain('', ['Location: http://elsewhere.example/x'], `${status} Moved`)),
  ]),
)

const upstreamYaml = (name: string) => `
policy_format: 1
upstream: { name: ${name}, title: ${name}, prefix: /${name}, origin: "\${X_ORIGIN}", timeout: 500ms, errors: vendor }
routes:
  all: { doc: all, paths: ["/**"], auth: none, why_no_auth: a test, respects_allow_list: false, callers: { GET: anyone, POST: anyone } }
`
const bodiesYaml = `
error_bodies:
  vendor:
    upstream_unavailable: { body: { message: the upstream is away, request_id: "\${request_id}" } }
`

let gateway: Gateway
let upstream: RawUpstream
/** Connections on which half an answer was written. */
const halves = new Set<Socket>()
/** Of the connection on which a gigabyte is written: how much went out, and whether it was given up. */
let endless: { written: number; closed: Promise<unknown> }

beforeAll(async () => {
  upstream = await rawUpstream({
    ...broken,
    ...hanging,
    ...cutOff,
    ...odd,
    ...redirecting,
    '/half-then-nothing': (socket) => {
      halves.add(socket)
      socket.once('close', () => halves.delete(socket))
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nhalf')
    },
    '/gigabyte': (socket) => {
      endless = { written: 0, closed: new Promise((resolve) => socket.once('close', resolve)) }
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${1024 * MIB}\r\n\r\n`)
      writeOn(socket)
    },
  })
  const policy = await compiled(
    {
      'gateway.yaml': gatewayYaml,
      'up.yaml': upstreamYaml('up') + bodiesYaml,
      'away.yaml': upstreamYaml('away'),
    },
    { up: upstream.origin, away: await nobodysOrigin() },
  )
  gateway = await startGateway(policy)
})

afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})

/** A port that was free a moment ago. */
async function nobodysOrigin(): Promise<string> {
  const server = createServer()
  const origin = await listening(server)
  server.close()
  return origin
}

function writeOn(socket: Socket): void {
  const chunk = Buffer.alloc(MIB)
  while (endless.written < 1024 * MIB && !socket.destroyed) {
    endless.written += chunk.length
    if (!socket.write(chunk)) return void socket.once('drain', () => writeOn(socket))
  }
}

const get = (path: string): Promise<RawResponse> => sendRaw(gateway.port, rawRequest(`GET ${path}`))

const logged = ({ headers }: RawResponse) => gateway.lineOf(headers['x-request-id'])

async function expectGoodIsServed(): Promise<void> {
  const good = await get('/up/good')
  expect([good.status, good.body]).toEqual([200, 'ok'])
  expect(await logged(good)).toMatchObject({ decision: 'allowed', status: 200 })
}

/** The body of the upstream's own `errors`, with the id that the log has. */
async function expectRefused(path: string, status: number, reason: string): Promise<void> {
  const response = await get(path)
  const id = response.headers['x-request-id']
  expect(response.status).toBe(status)
  expect(JSON.parse(response.body)).toEqual({ message: 'the upstream is away', request_id: id })
  expect(await logged(response)).toMatchObject({ decision: 'allowed', reason, status })
  await expectGoodIsServed()
}

test('nobody listens: 502', () => expectRefused('/away/x', 502, 'upstream_unreachable'))

test.each(Object.keys(broken))('%s: 502', (path) => expectRefused(`/up${path}`, 502, 'upstream_unreachable'))

test.each(Object.keys(hanging))('%s: 504', (path) => expectRefused(`/up${path}`, 504, 'upstream_timeout'))

test.each(Object.keys(cutOff))(
  '%s: the caller gets what there was, and sees that it is not all',
  async (path) => {
    const whole = await rawText(`/up${path}`)
    expect(whole).toContain('HTTP/1.1 200 OK\r\n')
    expect(whole).toContain('half')
    expect(whole, 'neither the length nor the last chunk').not.toMatch(/\r\n0\r\n\r\n$/)
    const [, id] = /x-request-id: (\S+)/.exec(whole) ?? []
    expect(await gateway.lineOf(id)).toMatchObject({ decision: 'allowed', status: 200 })
    await expectGoodIsServed()
  },
)

async function rawText(path: string): Promise<string> {
  const socket = connect(gateway.port, '127.0.0.1')
  socket.write(rawRequest(`GET ${path}`))
  let text = ''
  for await (const chunk of socket) text += chunk
  return text
}

test.each(Object.keys(odd))('%s: the caller gets the one answer that was meant', async (path) => {
  const whole = await rawText(`/up${path}`)
  expect(whole.match(/HTTP\/1\.1 /g)).toHaveLength(1)
  expect(whole).toMatch(/^HTTP\/1\.1 200 /)
  expect(whole).not.toMatch(/link:|x-late|poison/i)
  expect((await get(`/up${path}`)).body).toBe('ok')
  await expectGoodIsServed()
})

test.each(redirects)('a %d is handed back, never followed', async (status) => {
  const before = upstream.heads.length
  const response = await get(`/up/redirect-${status}`)
  expect(response.status).toBe(status)
  expect(response.headers['location']).toBe('http://elsewhere.example/x')
  expect(upstream.heads).toHaveLength(before + 1)
  await expectGoodIsServed()
})

describe('what is not read costs no memory', () => {
  /** Sends a GET, waits for the head of the answer, and reads no further. */
  async function begun(path: string): Promise<Socket> {
    const socket = connect(gateway.port, '127.0.0.1')
    socket.write(rawRequest(`GET ${path}`))
    await once(socket, 'data')
    return socket.pause()
  }

  test('a gigabyte for a caller that stops reading is left with the upstream, and given up with the caller', async () => {
    const before = await residentMib(gateway.running.process)
    const caller = await begun('/up/gigabyte')
    // What the sockets' own buffers take goes out before it stops; from then on nothing is taken any more.
    await expect.poll(async () => settled(() => endless.written), { timeout: 30_000 }).toBe(true)
    expect(endless.written).toBeLessThan(256 * MIB)
    expect((await residentMib(gateway.running.process)) - before).toBeLessThan(SLACK_MIB)
    caller.destroy()
    await endless.closed
    await expectGoodIsServed()
  })

  test('a body that stops coming holds its caller and nobody else, and is given up with the caller', async () => {
    const callers = await Promise.all(Array.from({ length: 50 }, () => begun('/up/half-then-nothing')))
    expect(halves.size).toBe(50)
    await expectGoodIsServed()
    for (const caller of callers) caller.destroy()
    // The runtime notices that a caller has gone when it has something for it.
    const goOn = () => {
      for (const half of halves) half.write('.')
      return halves.size
    }
    await expect.poll(goOn, { timeout: 10_000 }).toBe(0)
    await expectGoodIsServed()
  })
})

/** Whether a number is the same after a moment. */
async function settled(read: () => number): Promise<boolean> {
  const before = read()
  await new Promise((resolve) => setTimeout(resolve, 200))
  return read() === before
}

test('after 600 failures memory is what it was', async () => {
  const paths = [...Object.keys(broken), ...Object.keys(cutOff)].map((path) => `/up${path}`)
  const round = (count: number) =>
    Promise.all(Array.from({ length: count }, (_, at) => rawText(paths[at % paths.length] ?? '')))
  // The first ones make room that is kept: connections, compiled code.
  for (let at = 0; at < 5; at++) await round(40)
  const before = await residentMib(gateway.running.process)
  for (let at = 0; at < 10; at++) await round(40)
  expect((await residentMib(gateway.running.process)) - before).toBeLessThan(SLACK_MIB)
  await expectGoodIsServed()
})
