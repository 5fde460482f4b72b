/** Whatever bytes an upstream answers with, on the production runtime: its answer or a 502, never an error of our own. */
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compiled, gatewayYaml } from '../support/example.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { rawRequest, sendRaw } from '../support/raw.ts'
import { type RawUpstream, rawUpstream } from '../support/raw-upstream.ts'

const upstreamYaml = `
policy_format: 1
upstream: { name: up, title: Up, prefix: /, origin: "\${UP_ORIGIN}" }
routes:
  all: { doc: all, paths: ["/**"], auth: none, why_no_auth: a test, respects_allow_list: false, callers: { GET: anyone } }
`

let gateway: Gateway
let upstream: RawUpstream
let answer = Buffer.alloc(0)

beforeAll(async () => {
  upstream = await rawUpstream({ '/any': (socket) => void socket.end(answer) })
  gateway = await startGateway(
    await compiled({ 'gateway.yaml': gatewayYaml, 'up.yaml': upstreamYaml }, { up: upstream.origin }),
  )
})

afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})

const good = Buffer.from(
  'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nSet-Cookie: a=1\r\nContent-Length: 2\r\n\r\nok',
)

/** Bytes that parsers stumble over, and any other. */
const byte = fc.oneof(fc.constantFrom(0, 9, 10, 13, 32, 44, 58, 0x80, 0xff), fc.nat(255))

/** A good answer with a few bytes changed. */
const mutated = fc
  .array(fc.tuple(fc.nat(good.length - 1), byte), { minLength: 1, maxLength: 4 })
  .map((changes) => {
    const bytes = Buffer.from(good)
    for (const [at, value] of changes) bytes[at] = value
    return bytes
  })

const field = fc.tuple(
  fc.constantFrom(
    ...['Location', 'Content-Location', 'Set-Cookie', 'Connection', 'Content-Encoding', 'Upgrade', 'Trailer'],
    ...['X-Request-Id', 'Retry-After', '__proto__', 'constructor', 'X_A', "!#$%&'*", 'Sec-WebSocket-Accept'],
  ),
  fc.constantFrom(
    '',
    '\t',
    'a',
    '//x',
    '/\\x',
    'close, x',
    'br, gzip',
    '\xff',
    '"',
    ',',
    '__proto__',
    'websocket',
  ),
)
const status = fc.integer({ min: 200, max: 599 }).filter((code) => code < 520 || code > 530)

/** An answer as HTTP has it, of odd parts. */
const odd = fc
  .tuple(status, fc.constantFrom('OK', '', '\t', 'caf\xe9', 'a\tb'), fc.array(field, { maxLength: 5 }))
  .map(([code, reason, fields]) => {
    const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    return Buffer.from(`HTTP/1.1 ${code} ${reason}\r\n${lines}Content-Length: 2\r\n\r\nok`, 'latin1')
  })

async function statusOf(bytes: Buffer<ArrayBuffer>): Promise<number> {
  answer = bytes
  return (await sendRaw(gateway.port, rawRequest('GET /any'))).status
}

const RUNS = { numRuns: 400 }

test('an answer in which a few bytes are wrong is answered by its status, or by 502', async () => {
  await fc.assert(
    fc.asyncProperty(mutated, async (bytes) => {
      const said = Number(bytes.toString('latin1', 9, 12))
      expect([said, 502]).toContain(await statusOf(bytes))
    }),
    RUNS,
  )
  expect(gateway.warnings()).toEqual([])
})

test('an answer of odd but lawful parts is handed on with its status', async () => {
  await fc.assert(
    fc.asyncProperty(odd, async (bytes) => {
      expect(await statusOf(bytes)).toBe(Number(bytes.toString('latin1', 9, 12)))
    }),
    RUNS,
  )
  expect(gateway.warnings()).toEqual([])
})
