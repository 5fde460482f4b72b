/** The echo upstream: it tells what it saw, as it came, and forgives what a gateway must not. */

import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answersIn, headerOf } from '../../src/attack/answer.ts'
import { ECHO_HEADER, planted, reportIn, seenIn } from '../../src/attack/seen.ts'
import { type EchoUpstream, startEcho } from '../../src/cli/attack/echo-upstream.ts'
import { exchangeRaw } from '../../src/cli/attack/raw-socket.ts'
import { exit } from '../../src/cli/exit.ts'
import { sallyport } from '../support/cli.ts'

let echo: EchoUpstream
beforeAll(async () => {
  echo = await startEcho('echo', '127.0.0.1', 0)
})
afterAll(() => echo?.close())

async function ask(text: string, method = 'GET') {
  const peer = { host: '127.0.0.1', port: echo.port, tls: false }
  const [answer] = answersIn(await exchangeRaw(peer, text, { totalMs: 5_000, idleMs: 5_000 }), method)
  if (answer === undefined) throw new Error('no answer')
  return answer
}

const request = (line: string, ...headers: readonly string[]) =>
  [`${line} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers, '', ''].join('\r\n')

test('method, target and headers come back as they were sent', async () => {
  const { body, headers } = await ask(request('GET /a/../%2e%2E//b?c', 'X_a.B: 1', 'x-a-b: 2'))
  const seen = seenIn(body)
  expect(seen).toMatchObject({ server: 'echo', method: 'GET', target: '/a/../%2e%2E//b?c' })
  expect(seen?.headers).toEqual(
    expect.arrayContaining([
      ['X_a.B', '1'],
      ['x-a-b', '2'],
    ]),
  )
  for (const line of planted) expect(headers).toContainEqual(line)
})

test('HEAD is told in a header', async () => {
  const answer = await ask(request('HEAD /h', 'X-Probe: m'), 'HEAD')
  expect(answer.body).toBe('')
  expect(seenIn(decodeURIComponent(headerOf(answer, ECHO_HEADER) ?? ''))).toMatchObject({
    method: 'HEAD',
    target: '/h',
  })
})

test('lengths that contradict each other are seen, and not refused', async () => {
  const text = `${request('POST /l', 'Content-Length: 3', 'Transfer-Encoding: chunked')}1\r\na\r\n0\r\n\r\n`
  const seen = seenIn((await ask(text)).body)
  expect(seen?.body).toBe('a')
  expect(seen?.headers.map(([name]) => name)).toEqual(
    expect.arrayContaining(['Content-Length', 'Transfer-Encoding']),
  )
})

test('a report has the requests whose mark begins so, and no others', async () => {
  for (const mark of ['run1.0', 'run1.1-hidden', 'run2.0'])
    await ask(request(`GET /${mark}`, `X-Probe: ${mark}`))
  const { body } = await ask(request('GET /', 'X-Probe-Report: run1'))
  expect(reportIn(body)?.map(({ target }) => target)).toEqual(['/run1.0', '/run1.1-hidden'])
})

test.each([
  '',
  'x',
  '{}',
  '[]',
  '{"report":1}',
  '{"server":"echo","method":"GET","target":"/","headers":[["a"]],"body":""}',
])('%j is nobody’s echo', (text) => {
  expect(seenIn(text)).toBeUndefined()
  expect(reportIn(text)).toBeUndefined()
})

test('the command says where it listens, and ends when it is told to', async () => {
  const { code, stderr } = await sallyport(['echo', '--port', '0'], { onInterrupt: (end) => end() })
  expect(stderr).toMatch(/an echo upstream listens on http:\/\/127\.0\.0\.1:\d+/)
  expect(code).toBe(exit.ok)
})

test('a port that is taken is a sentence', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const { code, stderr } = await sallyport(['echo', '--port', String(port)])
  server.close()
  expect(code).toBe(exit.toolFailed)
  expect(stderr).toMatch(/^sallyport: .*EADDRINUSE.*\n$/)
})
