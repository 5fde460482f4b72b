/** The upstream of the soak: answers by path, remembers what it must not have seen and when limited requests came. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Millis } from '../../src/base/time.ts'
import type { Admission } from './audit.ts'

/** What a request says of itself. The gateway passes on fields that it does not know. */
export const NOTE = 'x-soak'
/** On every answer of the upstream, so that its errors and the gateway's are told apart. */
export const MARK = 'x-soak-upstream'

/** Of a request that the gateway must refuse. */
export const REFUSED = 'refused'

/** @param cell - the limited cell that the request is counted in, or what becomes of it */
export const note = (cell: string, sent: Millis): string => `${cell} ${sent}`

export type SoakUpstream = {
  readonly origin: string
  readonly seen: () => number
  /** Requests that must have been refused. */
  readonly breaches: readonly string[]
  /** By limited cell. */
  readonly admissions: ReadonlyMap<string, readonly Admission[]>
  readonly close: () => Promise<void>
}

/** More than the gateway's runtime lets through, so that a long header is refused there or nowhere. */
const MAX_HEADER_BYTES = 4 * 1024 * 1024

const BLOCK = new Uint8Array(64 * 1024)

/** @param jwks - the issuer's keys, served at /jwks */
export async function soakUpstream(jwks: string): Promise<SoakUpstream> {
  const breaches: string[] = []
  const admissions = new Map<string, Admission[]>()
  let seen = 0
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, response) => {
    seen++
    const [cell = '', sent = ''] = String(request.headers[NOTE] ?? '').split(' ')
    if (cell === REFUSED) breaches.push(`${request.method} ${request.url}`)
    else if (cell.includes(':')) {
      const so = admissions.get(cell) ?? []
      so.push({ sent: Number(sent), arrived: Date.now() })
      admissions.set(cell, so)
    }
    response.setHeader(MARK, '1')
    // Whoever hangs up half-way is part of the traffic.
    answer(request, response, jwks).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    seen: () => seen,
    breaches,
    admissions,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, jwks: string): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://upstream.example')
  let received = 0
  for await (const chunk of request) received += chunk.length
  if (url.pathname === '/jwks') {
    response.setHeader('content-type', 'application/json').end(jwks)
  } else if (url.pathname === '/open/down') {
    response.writeHead(503).end('the upstream says so')
  } else if (url.searchParams.has('bytes')) {
    await pipeline(blocks(Number(url.searchParams.get('bytes'))), response)
  } else {
    response.end(String(received))
  }
}

/** So many bytes as a stream that is made no faster than it is read. */
export const blocks = (bytes: number): Readable =>
  Readable.from(
    (function* () {
      for (let left = bytes; left > 0; left -= BLOCK.length)
        yield BLOCK.subarray(0, Math.min(left, BLOCK.length))
    })(),
  )
