/** An upstream on loopback that writes down what reaches it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Seen = {
  readonly method: string
  readonly url: string
  /** As they came over the wire, names as sent. */
  readonly rawHeaders: readonly string[]
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

export type EchoUpstream = {
  readonly origin: string
  /** Every request since the last `forget`. */
  readonly seen: Seen[]
  readonly forget: () => void
  readonly close: () => Promise<void>
}

/** @param answer - how to answer; by default 200 with the path */
export async function echoUpstream(
  answer: (request: Seen, response: ServerResponse) => void = (request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ stat: 'ok', path: request.url }))
  },
): Promise<EchoUpstream> {
  const seen: Seen[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk)
    } catch {
      return // broken off on the way: no request has been seen
    }
    const { method = '', url = '', rawHeaders, headers } = request
    const noted = { method, url, rawHeaders, headers, body: Buffer.concat(chunks) }
    seen.push(noted)
    answer(noted, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    seen,
    forget: () => void seen.splice(0),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
