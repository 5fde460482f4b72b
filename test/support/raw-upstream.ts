/** An upstream on loopback that writes bytes: what no HTTP library would send, one piece after another. */
import { createServer, type Socket } from 'node:net'
import { listening } from './listening.ts'

/** Answers one request, whose head came over the connection as `head`. What it does not end stays open. */
export type RawAnswer = (socket: Socket, head: string) => void

export type RawUpstream = {
  readonly origin: string
  /** Heads of all requests so far. Their bodies are not read apart: a request with one must be the last. */
  readonly heads: readonly string[]
  readonly close: () => Promise<void>
}

/** @param answers - by path; every other path is answered with a plain 200 */
export async function rawUpstream(answers: Readonly<Record<string, RawAnswer>>): Promise<RawUpstream> {
  const heads: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    socket.once('close', () => sockets.delete(socket))
    let received = ''
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      const end = received.indexOf('\r\n\r\n')
      if (end < 0) return
      const head = received.slice(0, end)
      received = received.slice(end + 4)
      heads.push(head)
      const answer = answers[head.split(' ')[1] ?? ''] ?? writing(plain('ok'))
      answer(socket, head)
    })
  })
  return {
    origin: await listening(server),
    heads,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Writes these bytes and leaves the connection as it is. */
export const writing =
  (bytes: string | Uint8Array): RawAnswer =>
  (socket) =>
    void socket.write(bytes)

/** Writes these bytes and closes. */
export const closingAfter =
  (bytes: string | Uint8Array): RawAnswer =>
  (socket) =>
    void socket.end(bytes)

/** A whole answer; `lines` are further header lines. */
export const plain = (body: string, lines: readonly string[] = [], status = '200 OK'): string =>
  [`HTTP/1.1 ${status}`, ...lines, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n')
