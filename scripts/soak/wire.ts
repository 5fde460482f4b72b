/** Requests of the soak on the wire: proper ones over kept connections, rude ones that a good client never sends. */
import { type Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { sendRaw } from '../../test/support/raw.ts'
import { blocks, MARK } from './upstream.ts'

export type Answer = {
  /** 0 where the connection ended without one. */
  readonly status: number
  /** Who gave it: the gateway refuses with an id of its own; the runtime answers what no Worker is shown. */
  readonly from: 'upstream' | 'gateway' | 'runtime' | 'nobody'
  readonly requestId: string | undefined
  /** Of the body, as far as it was read. */
  readonly bytes: number
}

export type Wire = { readonly port: number; readonly agent: Agent }

export type Request = {
  readonly method?: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Bytes of an upload. */
  readonly upload?: number
}

const nobody: Answer = { status: 0, from: 'nobody', requestId: undefined, bytes: 0 }

/** A request as a good client sends it. @param pauseMs - how long to wait before each piece of the answer is read */
export function send(wire: Wire, request: Request, pauseMs = 0): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>()
  const started = start(wire, request)
  started.once('response', (response) => void readSlowly(response, pauseMs).then(resolve))
  started.once('error', (error: NodeJS.ErrnoException) => {
    // A kept connection may be closed at the moment it is used again. The request was not looked at then.
    const again = started.reusedSocket && error.code === 'ECONNRESET'
    resolve(again ? send(wire, request, pauseMs) : nobody)
  })
  upload(started, request.upload ?? 0)
  return promise
}

function start({ port, agent }: Wire, { method = 'GET', path, headers, upload = 0 }: Request): ClientRequest {
  const length = upload > 0 ? { 'content-length': String(upload) } : {}
  return httpRequest({ host: '127.0.0.1', port, agent, method, path, headers: { ...headers, ...length } })
}

/** The error of a broken upload is the request's own, which its owner hears of. */
const upload = (request: ClientRequest, bytes: number): void =>
  bytes > 0 ? void pipeline(blocks(bytes), request).catch(() => undefined) : void request.end()

async function readSlowly(response: IncomingMessage, pauseMs: number): Promise<Answer> {
  let bytes = 0
  try {
    for await (const chunk of response) {
      bytes += chunk.length
      if (pauseMs > 0) await sleep(pauseMs)
    }
  } catch {
    return { ...nobody, bytes }
  }
  return answered(response.statusCode ?? 0, response.headers, bytes)
}

function answered(status: number, headers: Readonly<Record<string, unknown>>, bytes: number): Answer {
  const requestId = typeof headers['x-request-id'] === 'string' ? headers['x-request-id'] : undefined
  const from = headers[MARK] !== undefined ? 'upstream' : requestId === undefined ? 'runtime' : 'gateway'
  return { status, from: status === 0 ? 'nobody' : from, requestId, bytes }
}

/** Hangs up after the first piece of the answer. */
export function hangUpOnAnswer(wire: Wire, request: Request): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>()
  const started = start(wire, request)
  started.once('response', (response) => {
    response.once('data', () => {
      response.destroy()
      resolve(answered(response.statusCode ?? 0, response.headers, 0))
    })
    response.on('error', () => undefined)
  })
  started.once('error', () => resolve(nobody))
  started.end()
  return promise
}

/** Promises a body, sends half of it, and hangs up. */
export function hangUpOnUpload(wire: Wire, request: Request & { readonly upload: number }): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>()
  const started = start(wire, request)
  started.once('error', () => resolve(nobody))
  started.write(new Uint8Array(request.upload / 2))
  setTimeout(() => started.destroy(new Error('hung up')), 50)
  return promise
}

/** Bytes as they are, and whatever comes back until the peer closes. */
export async function sendBytes({ port }: Wire, bytes: string): Promise<Answer> {
  try {
    const { status, headers, body } = await sendRaw(port, bytes)
    return answered(status, headers, body.length)
  } catch {
    return nobody
  }
}

/** A request in pieces with pauses between them, as of a client on a bad line. Ends when the peer closes. */
export function sendInPieces({ port }: Wire, pieces: readonly string[], pauseMs: number): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>()
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.on('data', (chunk) => (text += chunk.toString('latin1')))
  socket.on('error', () => resolve(nobody))
  socket.once('close', () => {
    const [, status = '0'] = /^HTTP\/1\.1 (\d{3})/.exec(text) ?? []
    const [, id] = /^x-request-id: (\S+)/im.exec(text) ?? []
    const headers = { 'x-request-id': id, ...(text.includes(MARK) && { [MARK]: '1' }) }
    resolve(answered(Number(status), headers, text.length))
  })
  void (async () => {
    for (const piece of pieces) {
      socket.write(piece)
      await sleep(pauseMs)
    }
  })()
  return promise
}

/** Opens a connection and says nothing for a while. */
export async function sayNothing({ port }: Wire, forMs: number): Promise<Answer> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  await sleep(forMs)
  socket.destroy()
  return nobody
}
