/**
 * An upstream that tells its caller what it saw, for `attack`. It believes everything and reads requests as
 * forgivingly as upstreams do, so that what a gateway lets through can be seen. Never for data that matters.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ECHO_HEADER, markOf, planted, type Seen } from '../../attack/seen.ts'
import { REPORT } from '../../attack/wire.ts'

export type EchoUpstream = {
  readonly port: number
  readonly close: () => Promise<void>
}

/** Requests that are remembered for reports; the oldest are forgotten. */
const MAX_REMEMBERED = 5000
const MAX_BODY_BYTES = 2048

/** @param server - the name by which it tells itself apart: `echo`, or `canary` */
export async function startEcho(server: string, host: string, port: number): Promise<EchoUpstream> {
  const remembered: Seen[] = []
  // Lengths that contradict each other are for the gateway to refuse; here they must be seen.
  const http = createServer({ insecureHTTPParser: true, keepAliveTimeout: 60_000 }, (request, response) => {
    void answer(server, request, response, remembered)
  })
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject)
    http.listen(port, host, resolve)
  })
  const address = http.address()
  return {
    port: isAddress(address) ? address.port : port,
    close: async () => {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

const isAddress = (address: AddressInfo | string | null): address is AddressInfo =>
  typeof address === 'object' && address !== null

async function answer(
  server: string,
  request: IncomingMessage,
  response: ServerResponse,
  remembered: Seen[],
): Promise<void> {
  const seen = { server, ...headOf(request), body: await bodyOf(request) }
  const wanted = request.headers[REPORT.toLowerCase()]
  for (const [name, value] of planted) response.setHeader(name, value)
  response.setHeader('content-type', 'application/json')
  if (typeof wanted === 'string') {
    const report = remembered.filter((each) => markOf(each).startsWith(wanted))
    response.end(JSON.stringify({ report }))
    return
  }
  remembered.push(seen)
  if (remembered.length > MAX_REMEMBERED) remembered.shift()
  response.setHeader(ECHO_HEADER, encodeURIComponent(JSON.stringify({ ...seen, body: '' })))
  response.end(JSON.stringify(seen))
}

function headOf({ method = '', url = '', rawHeaders }: IncomingMessage): Omit<Seen, 'server' | 'body'> {
  const headers = rawHeaders.flatMap((name, at): [string, string][] =>
    at % 2 === 0 ? [[name, rawHeaders[at + 1] ?? '']] : [],
  )
  return { method, target: url, headers }
}

/** Read to its end, and kept as far as anybody will look. A body that breaks off is as much as came of it. */
async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  try {
    for await (const chunk of request) {
      if (body.length < MAX_BODY_BYTES) body += Buffer.from(chunk).toString('latin1')
    }
  } catch {
    // The connection was cut.
  }
  return body.slice(0, MAX_BODY_BYTES)
}
