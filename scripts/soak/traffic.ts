/** The kinds of requests in the soak: how often each is sent, and which answers are right. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { rawRequest } from '../../test/support/raw.ts'
import { ALLOWED, ALLOWED_IPV6, type Callers, type Client, DENIED, type LimitedGroup } from './policy.ts'
import { NOTE, note, REFUSED } from './upstream.ts'
import {
  type Answer,
  hangUpOnAnswer,
  hangUpOnUpload,
  type Request,
  sayNothing,
  send,
  sendBytes,
  sendInPieces,
  type Wire,
} from './wire.ts'

export type Kind = {
  readonly name: string
  /** Share of the traffic; all shares together need not be 1. */
  readonly share: number
  /** `upstream 200`: who may answer, and how. `nobody 0` is a connection that ended without an answer. */
  readonly right: readonly string[]
  /** Of an answer of the upstream, how many bytes its body must have. */
  readonly bytes?: number
  /** The limited cell it is counted in, where the callers' side can tell who was admitted: `failed:1`. */
  readonly cell?: string
  /**
   * Whether an answer may be lost on its way: who is refused in the middle of an upload may find the connection closed
   * while it still sends (RFC 9112 section 9.6). The log then tells of one denial more than the callers.
   */
  readonly mayLose?: true
  readonly run: (wire: Wire) => Promise<Answer>
}

const MIB = 1024 * 1024
const ATTACKER = '203.0.113.66'
const SLOW_MS = 100

/** A request to be refused is marked, so that the upstream knows that it must not see it. */
const marked = (cell: string): Record<string, string> => ({ [NOTE]: note(cell, Date.now()) })

const anyOf = <T>(items: readonly T[]): T => {
  const item = items[Math.floor(Math.random() * items.length)]
  if (item === undefined) throw new Error('nothing to choose from')
  return item
}

/** One of the 65,536 addresses to come from: each is counted apart. */
const stranger = (): string => `198.18.${Math.floor(Math.random() * 256)}.${Math.floor(Math.random() * 256)}`

type Headers = Readonly<Record<string, string>>
const from = (address: string, authorization?: string): Headers => ({
  'cf-connecting-ip': address,
  ...(authorization !== undefined && { authorization }),
})

/** @param callers - whose secrets and tokens are used */
export function traffic(callers: Callers): readonly Kind[] {
  return [...good(callers), ...overLimit(callers), ...refused(callers), ...hostile(callers), ...rude(callers)]
}

const plain = (request: () => Request) => (wire: Wire) => send(wire, request())

const ok = ['upstream 200']

function good({ basic, goodTokens }: Callers): readonly Kind[] {
  const id = (): string => `/config/${Math.floor(Math.random() * 1000)}`
  const steady = from(ALLOWED, basic('steady'))
  return [
    { name: 'open', share: 10, right: ok, run: plain(() => ({ path: '/open/x?y=z', headers: {} })) },
    { name: 'Basic', share: 10, right: ok, run: plain(() => ({ path: id(), headers: steady })) },
    {
      name: 'Basic, IPv6',
      share: 3,
      right: ok,
      run: plain(() => ({ path: id(), headers: from(ALLOWED_IPV6, basic('steady')) })),
    },
    {
      name: 'HEAD',
      share: 2,
      right: ok,
      run: plain(() => ({ method: 'HEAD', path: id(), headers: steady })),
    },
    {
      name: 'JWT',
      share: 10,
      right: ok,
      run: plain(() => ({ path: '/me', headers: { authorization: `Bearer ${anyOf(goodTokens)}` } })),
    },
    {
      name: 'small upload',
      share: 3,
      right: ok,
      run: plain(() => ({ method: 'POST', path: id(), headers: steady, upload: 2000 })),
    },
    {
      name: 'upload, 1 MiB',
      share: 1,
      right: ok,
      run: plain(() => ({ method: 'PUT', path: id(), headers: steady, upload: MIB })),
    },
    {
      name: 'download, 1 MiB',
      share: 1,
      right: ok,
      bytes: MIB,
      run: plain(() => ({ path: `${id()}?bytes=${MIB}`, headers: steady })),
    },
    {
      name: 'upstream says 503',
      share: 1,
      right: ['upstream 503'],
      run: plain(() => ({ path: '/open/down', headers: {} })),
    },
  ]
}

function overLimit({ basic }: Callers): readonly Kind[] {
  const counted = (group: LimitedGroup, headers: Headers, name: string, share: number): Kind => ({
    name,
    share,
    right: [...ok, 'gateway 429'],
    run: plain(() => ({ path: `/${group}`, headers: { ...headers, ...marked(`${group}:1`) } })),
  })
  const of = (client: Client) => from(ALLOWED, basic(client))
  return [
    counted('strict', of('busy'), 'over the limit, strict', 8),
    counted('leased', of('keen'), 'over the limit, leased', 12),
    counted('early', from(ATTACKER), 'over the limit, by address', 2),
  ]
}

function refused({ basic, badTokens }: Callers): readonly Kind[] {
  const kind = (name: string, share: number, right: string, request: () => Request): Kind => ({
    name,
    share,
    right: [right],
    run: plain(() => {
      const made = request()
      return { ...made, headers: { ...made.headers, ...marked(REFUSED) } }
    }),
  })
  const path = '/config/1'
  const guess = (): string => `Basic ${Buffer.from(`steady:${Math.random()}`).toString('base64')}`
  const unknown = (): string => `Basic ${Buffer.from(`client${Math.random()}:x`).toString('base64')}`
  const steady = from(ALLOWED, basic('steady'))
  return [
    kind('wrong secret', 5, 'gateway 401', () => ({ path, headers: from(stranger(), guess()) })),
    kind('unknown client', 3, 'gateway 401', () => ({ path, headers: from(stranger(), unknown()) })),
    kind('garbled Basic', 2, 'gateway 401', () => ({ path, headers: from(stranger(), 'Basic %%%') })),
    kind('no credentials', 3, 'gateway 401', () => ({ path, headers: from(ALLOWED) })),
    kind('outside address', 4, 'gateway 403', () => ({ path, headers: from(stranger(), basic('steady')) })),
    kind('denied address', 2, 'gateway 403', () => ({ path, headers: from(DENIED, basic('steady')) })),
    kind('no address', 1, 'gateway 403', () => ({ path, headers: { authorization: basic('steady') } })),
    kind('feature missing', 1, 'gateway 403', () => ({ method: 'DELETE', path, headers: steady })),
    kind('method not listed', 1, 'gateway 405', () => ({ method: 'PATCH', path, headers: steady })),
    kind('unknown route', 2, 'gateway 404', () => ({ path: `/${Math.random()}`, headers: steady })),
    kind('bad token', 5, 'gateway 401', () => ({
      path: '/me',
      headers: from(stranger(), `Bearer ${anyOf(badTokens)}`),
    })),
    {
      ...kind('refused upload', 1, '', () => ({
        method: 'PUT',
        path,
        headers: from(stranger(), guess()),
        upload: 100_000,
      })),
      right: ['gateway 401', 'nobody 0'],
      mayLose: true,
    },
    {
      ...kind('guessing secrets', 3, '', () => ({ path, headers: from(ATTACKER, guess()) })),
      right: ['gateway 401', 'gateway 429'],
      cell: 'failed:1',
    },
  ]
}

/** The refused paths of the tests' vectors that can be sent as they are and stay paths: no query, no fragment. */
function hostilePaths(): readonly string[] {
  const file = join(import.meta.dirname, '../../test/vectors/paths.json')
  const { refused }: { refused: readonly { readonly raw: string }[] } = JSON.parse(readFileSync(file, 'utf8'))
  const sendable = refused.map(({ raw }) => raw).filter((raw) => /^\/[!-~]*$/.test(raw) && !/[?#]/.test(raw))
  if (sendable.length < 40) throw new Error('test/vectors/paths.json has too few paths')
  return sendable
}

function hostile({ basic }: Callers): readonly Kind[] {
  const paths = hostilePaths()
  const lines = (address = ALLOWED): string[] => [
    `CF-Connecting-IP: ${address}`,
    `Authorization: ${basic('steady')}`,
    `${NOTE}: ${note(REFUSED, Date.now())}`,
  ]
  const bytes = (name: string, share: number, right: readonly string[], text: () => string): Kind => ({
    name,
    share,
    right,
    run: (wire) => sendBytes(wire, text()),
  })
  const line = (path: string): string => `GET ${path}`
  const forged = ['gw.example/open/x?', 'gw.example@evil.example', 'gw.example#', '[::1', 'a b', '']
  return [
    bytes('hostile path', 6, ['gateway 400', 'runtime 400'], () => rawRequest(line(anyOf(paths)), lines())),
    bytes('forged Host', 2, ['gateway 400', 'runtime 400'], () =>
      rawRequest('GET /config/1', [`Host: ${anyOf(forged)}`, ...lines()]),
    ),
    bytes('two credentials', 1, ['gateway 401'], () =>
      rawRequest('GET /config/1', [...lines(stranger()), `Authorization: ${basic('busy')}`]),
    ),
    bytes('not HTTP', 2, ['runtime 400', 'runtime 501', 'nobody 0'], () => anyOf(notHttp)),
    bytes('header of 200 kB', 0.5, ['upstream 200', 'runtime 431'], () =>
      rawRequest('GET /open/x', [`X: ${'x'.repeat(200_000)}`]),
    ),
    {
      name: 'body on GET',
      share: 1,
      right: ['gateway 400'],
      run: (wire) =>
        sendBytes(wire, rawRequest('GET /open/x', [`${NOTE}: ${note(REFUSED, Date.now())}`], 'a=b')),
    },
  ]
}

const notHttp: readonly string[] = [
  '\0\0\0\0\r\n\r\n',
  'GET\r\n\r\n',
  'get /open/x HTTP/1.1\r\nHost: gw.example\r\n\r\n',
  'GET /open/x HTTP/1.1\r\nHost gw.example\r\n\r\n',
  'GET /\topen HTTP/1.1\r\nHost: gw.example\r\n\r\n',
  'POST /open/x HTTP/1.1\r\nHost: gw.example\r\nContent-Length: -1\r\n\r\n',
]

function rude({ basic }: Callers): readonly Kind[] {
  const steady = from(ALLOWED, basic('steady'))
  const long = { path: `/config/1?bytes=${4 * MIB}`, headers: steady }
  return [
    {
      name: 'slow reader',
      share: 0.5,
      right: ok,
      bytes: MIB,
      run: (wire) => send(wire, { path: `/config/1?bytes=${MIB}`, headers: steady }, SLOW_MS),
    },
    {
      name: 'slow sender',
      share: 0.5,
      right: ok,
      run: (wire) =>
        sendInPieces(
          wire,
          [
            'POST /open/x HTTP/1.1\r\nHost: gw',
            '.example\r\nConnection: close\r\n',
            'Content-Length: 4',
            '\r\n\r\nab',
            'cd',
          ],
          3 * SLOW_MS,
        ),
    },
    { name: 'hangs up on the answer', share: 1, right: ok, run: (wire) => hangUpOnAnswer(wire, long) },
    {
      name: 'hangs up on its upload',
      share: 1,
      right: ['nobody 0'],
      run: (wire) => hangUpOnUpload(wire, { method: 'PUT', path: '/config/1', headers: steady, upload: MIB }),
    },
    { name: 'says nothing', share: 0.2, right: ['nobody 0'], run: (wire) => sayNothing(wire, 20 * SLOW_MS) },
  ]
}
