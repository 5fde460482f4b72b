/** Bytes to a socket and back, plain or over TLS: no client in between that tidies what is sent. */
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

export type Peer = {
  readonly host: string
  readonly port: number
  /** Whether the connection is encrypted, and by which name the certificate is checked. */
  readonly tls: boolean
}

export type Patience = {
  /** In all. */
  readonly totalMs: number
  /** After the last byte. */
  readonly idleMs: number
}

/** More than any answer of an echo; what is longer is cut off. */
const MAX_BYTES = 4 * 1024 * 1024

/**
 * @param text - one character a byte
 * @returns what came until the peer closed or patience ended, one character a byte; empty when nobody answered
 */
export function exchangeRaw(peer: Peer, text: string, { totalMs, idleMs }: Patience): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    const socket = connectTo(peer, () => socket.write(Buffer.from(text, 'latin1')))
    const timer = setTimeout(() => socket.destroy(), totalMs)
    socket.setTimeout(idleMs, () => socket.destroy())
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.length
      if (size > MAX_BYTES) socket.destroy()
    })
    // A refused or reset connection is an answer as well: none.
    socket.on('error', () => undefined)
    socket.once('close', () => {
      clearTimeout(timer)
      resolve(Buffer.concat(chunks).toString('latin1'))
    })
  })
}

function connectTo({ host, port, tls }: Peer, connected: () => void): Socket {
  if (!tls) return connectPlain(port, host, connected)
  // Only HTTP/1.1 is spoken: what is attacked is its text. An address is no name to ask for (RFC 6066 section 3).
  const name = isIP(host) === 0 ? { servername: host } : {}
  return connectTls({ host, port, ...name, ALPNProtocols: ['http/1.1'] }, connected)
}
