/** Raw bytes over plain and encrypted connections, and no answer where there is none. */
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createNetServer } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterEach, expect, test } from 'vitest'
import { answersIn } from '../../../src/attack/answer.ts'
import { exchangeRaw } from '../../../src/cli/attack/raw-socket.ts'
import { ownCertificate } from '../../support/certificate.ts'

const PATIENCE = { totalMs: 5_000, idleMs: 5_000 }
const request = 'GET /a/../b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
const running: { close: () => unknown }[] = []
const trusted = getCACertificates('default')

afterEach(() => {
  setDefaultCACertificates([...trusted])
  for (const server of running.splice(0)) server.close()
})

async function listening(server: Server | ReturnType<typeof createNetServer>): Promise<number> {
  running.push(server)
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  return (server.address() as AddressInfo).port
}

test('a path goes out as it is written', async () => {
  const port = await listening(createServer(({ url }, response) => response.end(url)))
  const text = await exchangeRaw({ host: 'localhost', port, tls: false }, request, PATIENCE)
  expect(answersIn(text, 'GET')[0]?.body).toBe('/a/../b')
})

test('over TLS too, where the certificate is trusted, and not where it is not', async () => {
  const own = ownCertificate()
  const port = await listening(createTlsServer(own, ({ url }, response) => response.end(url)))
  const peer = { host: 'localhost', port, tls: true }
  expect(await exchangeRaw(peer, request, PATIENCE)).toBe('')
  setDefaultCACertificates([...trusted, own.cert])
  expect(answersIn(await exchangeRaw(peer, request, PATIENCE), 'GET')[0]?.body).toBe('/a/../b')
})

test('silence ends, and so does an answer without end', async () => {
  const silent = await listening(createNetServer(() => undefined))
  expect(
    await exchangeRaw({ host: 'localhost', port: silent, tls: false }, request, {
      totalMs: 5_000,
      idleMs: 20,
    }),
  ).toBe('')
  const endless = await listening(
    createNetServer((socket) => {
      const timer = setInterval(() => socket.write('x'), 1)
      socket.on('error', () => undefined).once('close', () => clearInterval(timer))
    }),
  )
  const text = await exchangeRaw({ host: 'localhost', port: endless, tls: false }, request, {
    totalMs: 50,
    idleMs: 5_000,
  })
  expect(text).toMatch(/^x+$/)
})

test('nobody there is no answer', async () => {
  const port = await listening(createNetServer())
  for (const server of running.splice(0)) server.close()
  expect(await exchangeRaw({ host: 'localhost', port, tls: false }, request, PATIENCE)).toBe('')
})
