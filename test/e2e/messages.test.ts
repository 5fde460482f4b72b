/**
 * What HTTP itself promises, on the wire of the production runtime: HEAD, ranges, conditions, `Expect`, codings and
 * answers without a body (RFC 9110, RFC 9112). The gateway adds its own fields and changes nothing else.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compiled, gatewayYaml } from '../support/example.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { rawRequest, sendRaw } from '../support/raw.ts'
import { plain, type RawUpstream, rawUpstream, writing } from '../support/raw-upstream.ts'

const upstreamYaml = `
policy_format: 1
upstream: { name: up, title: Up, prefix: /, origin: "\${UP_ORIGIN}" }
routes:
  all: { doc: all, paths: ["/**"], auth: none, why_no_auth: a test, respects_allow_list: false, callers: { GET: anyone, POST: anyone } }
  secret: { doc: needs Basic, paths: [/secret], auth: basic, respects_allow_list: false, callers: { POST: authenticated } }
`

const text = 'hello '.repeat(100)
/** Encoded as other programs would not: a gateway that decodes and encodes anew is found out. */
const encoded: Readonly<Record<string, Buffer>> = {
  gzip: gzipSync(text, { level: 1 }),
  br: brotliCompressSync(text),
  zstd: Buffer.from('not really zstd'),
  'gzip, br': Buffer.from('nor both'),
}
const codings = Object.keys(encoded)

const withCoding = (coding: string, isChunked: boolean): Buffer => {
  const body = encoded[coding] ?? Buffer.alloc(0)
  const length = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`
  return Buffer.concat([
    Buffer.from(
      `HTTP/1.1 200 OK\r\nContent-Encoding: ${coding}\r\nVary: Accept-Encoding\r\n${length}\r\n\r\n`,
    ),
    ...(isChunked ? [Buffer.from(`${body.length.toString(16)}\r\n`)] : []),
    body,
    ...(isChunked ? [Buffer.from('\r\n0\r\n\r\n')] : []),
  ])
}

const statuses: Readonly<Record<string, string>> = {
  '/206': plain('ell', ['Content-Range: bytes 1-3/5', 'ETag: "a"'], '206 Partial Content'),
  '/206-multipart': plain(
    '--x\r\nContent-Range: bytes 0-0/5\r\n\r\nh\r\n--x--',
    ['Content-Type: multipart/byteranges; boundary=x'],
    '206 Partial Content',
  ),
  '/412': plain('changed', ['ETag: "b"'], '412 Precondition Failed'),
  '/416': plain('', ['Content-Range: bytes */5'], '416 Range Not Satisfiable'),
}

const bodyless: Readonly<Record<string, string>> = {
  '/204': 'HTTP/1.1 204 No Content\r\nETag: "a"\r\n\r\n',
  '/205': 'HTTP/1.1 205 Reset Content\r\nETag: "a"\r\nContent-Length: 0\r\n\r\n',
  '/304': 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n',
  '/304-with-length': 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 600\r\n\r\n',
}

let gateway: Gateway
let upstream: RawUpstream

beforeAll(async () => {
  const answers = { ...statuses, ...bodyless, '/head': plain('', []).replace('Length: 0', 'Length: 600') }
  upstream = await rawUpstream({
    ...Object.fromEntries(Object.entries(answers).map(([path, bytes]) => [path, writing(bytes)])),
    ...Object.fromEntries(
      codings.flatMap((coding, at) => [
        [`/coded-${at}`, writing(withCoding(coding, false))],
        [`/coded-${at}-chunked`, writing(withCoding(coding, true))],
      ]),
    ),
  })
  gateway = await startGateway(
    await compiled({ 'gateway.yaml': gatewayYaml, 'up.yaml': upstreamYaml }, { up: upstream.origin }),
  )
})

afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})

const send = (line: string, headers: readonly string[] = [], body = '') =>
  sendRaw(gateway.port, rawRequest(line, headers, body))

/** Header lines of the last request that reached the upstream. */
const sentOn = (): readonly string[] => upstream.heads.at(-1)?.split('\r\n').slice(1) ?? []

/** All bytes that two requests on one connection are answered with, the second a plain one. */
async function followedByAnother(request: string): Promise<string> {
  const socket = connect(gateway.port, '127.0.0.1')
  socket.write(request.replace('Connection: close', 'Connection: keep-alive'))
  socket.write(rawRequest('GET /next'))
  const bytes: Buffer[] = []
  for await (const chunk of socket) bytes.push(chunk)
  return Buffer.concat(bytes).toString('latin1')
}

test('HEAD is sent on as HEAD; its answer has the length of the GET’s, and no body', async () => {
  const all = await followedByAnother(rawRequest('HEAD /head'))
  expect(upstream.heads.some((head) => head.startsWith('HEAD /head HTTP/1.1'))).toBe(true)
  const [first = '', second = ''] = all.split(/(?=HTTP\/1\.1 )/)
  expect(first).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Length: 600\r\n/)
  expect(first).toMatch(/\r\n\r\n$/)
  expect(second).toMatch(/\r\n\r\nok$/)
})

test.each(Object.entries(bodyless))(
  '%s: no body, its fields, and the next answer in its place',
  async (path) => {
    const [first = '', second = ''] = (await followedByAnother(rawRequest(`GET ${path}`))).split(
      /(?=HTTP\/1\.1 )/,
    )
    expect(first).toContain(`HTTP/1.1 ${path.slice(1, 4)} `)
    expect(first).toContain('ETag: "a"\r\n')
    expect(first).not.toContain('Transfer-Encoding')
    expect(first).toMatch(/x-request-id: [a-z2-7]{16}\r\n/)
    expect(first).toMatch(/\r\n\r\n$/)
    expect(second).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*\r\n\r\nok$/)
  },
)

const conditions = [
  'Range: bytes=1-3',
  'If-Range: "a"',
  'If-Match: "a", "b"',
  'If-None-Match: W/"c"',
  'If-Modified-Since: Sun, 22 Nov 2026 10:00:00 GMT',
  'If-Unmodified-Since: Sun, 22 Nov 2026 11:00:00 GMT',
]

test.each(Object.keys(statuses))('ranges and conditions are the upstream’s to judge: %s', async (path) => {
  const response = await send(`GET ${path}`, conditions)
  expect(response.status).toBe(Number(path.slice(1, 4)))
  const [head = '', body] = (statuses[path] ?? '').split(/\r\n\r\n([\s\S]*)/)
  expect(response.body).toBe(body)
  for (const line of head.split('\r\n').slice(1)) {
    const [name = '', value = ''] = line.split(/: (.*)/)
    expect(response.headers[name.toLowerCase()]).toBe(value)
  }
  const sent = sentOn().map((line) => line.toLowerCase())
  for (const condition of conditions) expect(sent).toContain(condition.toLowerCase())
})

test.each(
  codings.flatMap((coding, at) => [
    [coding, `/coded-${at}`] as const,
    [coding, `/coded-${at}-chunked`] as const,
  ]),
)('a body in %s is passed on as it was sent: %s', async (coding, path) => {
  const response = await send(`GET ${path}`, ['Accept-Encoding: zstd, br;q=0.5'])
  expect(response.headers['content-encoding']).toBe(coding)
  expect(Buffer.from(response.body, 'latin1')).toEqual(encoded[coding])
  const isChunked = path.endsWith('chunked')
  expect(response.headers['content-length']).toBe(isChunked ? undefined : `${encoded[coding]?.length}`)
  expect(response.headers['transfer-encoding']).toBe(isChunked ? 'chunked' : undefined)
  expect(sentOn()).toContain('Accept-Encoding: zstd, br;q=0.5')
})

test('whoever accepts no coding is sent none: the gateway does not ask for one itself', async () => {
  await send('GET /x')
  expect(sentOn().filter((line) => /^(accept-encoding|te):/i.test(line))).toEqual([])
})

test('a body that the caller has encoded is passed on with its coding', async () => {
  await send('POST /x', ['Content-Encoding: gzip'], 'whatever it is')
  expect(sentOn()).toContain('Content-Encoding: gzip')
  expect(sentOn()).toContain('Content-Length: 14')
})

test('Expect: 100-continue, admitted: 100 first, then the body goes, without the field', async () => {
  const socket = connect(gateway.port, '127.0.0.1')
  socket.write(rawRequest('POST /x', ['Expect: 100-continue', 'Content-Length: 4']))
  const [first] = await once(socket, 'data')
  expect(`${first}`).toBe('HTTP/1.1 100 Continue\r\n\r\n')
  socket.write('body')
  const [second] = await once(socket, 'data')
  expect(`${second}`).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  expect(sentOn().filter((line) => /^expect/i.test(line))).toEqual([])
  expect(sentOn()).toContain('Content-Length: 4')
  socket.destroy()
})

test('Expect: 100-continue, refused: the refusal at once, and the body is never asked for', async () => {
  const before = upstream.heads.length
  const response = await send('POST /secret', ['Expect: 100-continue', 'Content-Length: 1000000'])
  expect(response.status).toBe(401)
  expect(upstream.heads).toHaveLength(before)
})
