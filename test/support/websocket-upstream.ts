/** A WebSocket server on loopback, as much of RFC 6455 as small unfragmented messages need. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { listening } from './listening.ts'

export type Frame = { readonly opcode: number; readonly data: Buffer }

/** RFC 6455 section 5.2. */
export const opcodes = { text: 1, binary: 2, close: 8 } as const

export type WebSocketUpstream = {
  readonly origin: string
  /** Every handshake, in the order in which they came. */
  readonly handshakes: readonly IncomingMessage[]
  /** Requests that asked for no upgrade. */
  readonly plain: readonly IncomingMessage[]
  /** All close frames that came: code and reason. Connections that ended without one have 1006. */
  readonly closes: readonly (readonly [code: number, reason: string])[]
  readonly close: () => void
}

/** RFC 6455 section 1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/**
 * Accepts every handshake with the last of the subprotocols that are offered, and sends messages back as they come.
 * The text `bye` makes it close with 4321, `cut` makes it drop the connection; a path of /refuse is refused with 403.
 */
export async function webSocketUpstream(): Promise<WebSocketUpstream> {
  const handshakes: IncomingMessage[] = []
  const plain: IncomingMessage[] = []
  const closes: [number, string][] = []
  const sockets = new Set<Duplex>()
  const server = createServer((request, response) => {
    plain.push(request)
    response.end('plain')
  })
  server.on('upgrade', (request, socket) => {
    handshakes.push(request)
    sockets.add(socket.on('error', () => {}))
    if (request.url === '/refuse')
      return void socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno')
    socket.write(acceptance(request))
    let isClosed = false
    const closed = (code: number, reason: string) => {
      if (!isClosed) closes.push([code, reason])
      isClosed = true
    }
    // An upgraded connection of Node's server stays half open otherwise.
    socket.on('end', () => socket.end()).on('close', () => closed(1006, ''))
    onFrames(socket, ({ opcode, data }) => {
      if (opcode === opcodes.close) {
        if (!isClosed) socket.end(frame(opcode, data))
        closed(data.length < 2 ? 1005 : data.readUInt16BE(), data.subarray(2).toString())
      } else if (data.equals(Buffer.from('bye'))) {
        socket.write(frame(opcodes.close, Buffer.concat([Buffer.from([0x10, 0xe1]), Buffer.from('enough')])))
      } else if (data.equals(Buffer.from('cut'))) socket.destroy()
      else socket.write(frame(opcode, data))
    })
  })
  return {
    origin: await listening(server),
    handshakes,
    plain,
    closes,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

function acceptance({ headers }: IncomingMessage): string {
  const accept = createHash('sha1').update(`${headers['sec-websocket-key']}${GUID}`).digest('base64')
  const protocol = headers['sec-websocket-protocol']?.split(/, */).at(-1)
  return [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
    ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
    'Set-Cookie: ws=1',
    '',
    '',
  ].join('\r\n')
}

/** An unmasked frame, as servers send them. */
function frame(opcode: number, data: Buffer): Buffer {
  const length =
    data.length < 126 ? Buffer.from([data.length]) : Buffer.from([126, data.length >> 8, data.length & 0xff])
  return Buffer.concat([Buffer.from([0x80 | opcode]), length, data])
}

/** Takes masked frames of up to 64 KiB out of what comes. */
function onFrames(socket: Duplex, take: (frame: Frame) => void): void {
  let received = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    for (;;) {
      const short = (received[1] ?? 0) & 0x7f
      const start = short === 126 ? 4 : 2
      if (received.length < start + 4) return
      const length = short === 126 ? received.readUInt16BE(2) : short
      const end = start + 4 + length
      if (received.length < end) return
      const mask = received.subarray(start, start + 4)
      const data = Buffer.from(received.subarray(start + 4, end))
      for (let at = 0; at < length; at++) data[at] = (data[at] ?? 0) ^ (mask[at % 4] ?? 0)
      take({ opcode: (received[0] ?? 0) & 0x0f, data })
      received = received.subarray(end)
    }
  })
}
