/**
 * Threats F1 to F8: where a request ends. Two programs that disagree see two different requests, and the one in
 * between was decided by nobody (RFC 9112 sections 6.1, 6.3 and 11.2).
 */
import { type Attack, SPOOF, type Step } from '../attack.ts'
import { type Aim, basicLine, cameFrom, heldAims, type Scene, truthOf } from '../scene.ts'
import { PROBE } from '../wire.ts'

/** Stands for the request's own mark; the hidden request has one that begins so. */
export const MARK = '<mark>'

type Shape = {
  readonly row: string
  readonly what: string
  readonly headers: readonly string[]
  /** @param hidden - a whole request to the protected path, without credentials */
  readonly raw: (hidden: string) => string
  readonly version?: string
  /** Where it must be the method without a body. */
  readonly bodyless?: boolean
}

const chunked = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`

const shapes: readonly Shape[] = [
  // RFC 9112 section 6.3: chunks win, and whoever forwards both leaves the choice to the next.
  {
    row: 'F1',
    what: 'both lengths: the chunks end early',
    headers: ['Content-Length: 400', 'Transfer-Encoding: chunked'],
    raw: (hidden) => `0\r\n\r\n${hidden}`,
  },
  {
    row: 'F1',
    what: 'both lengths: the content ends early',
    headers: ['Transfer-Encoding: chunked', 'Content-Length: 4'],
    raw: (hidden) => chunked(hidden),
  },
  // RFC 9110 section 8.6: plain decimal digits, once.
  {
    row: 'F2',
    what: 'two Content-Length lines that differ',
    headers: ['Content-Length: 0', 'Content-Length: 44'],
    raw: (hidden) => hidden,
  },
  {
    row: 'F2',
    what: 'two lengths in one line',
    headers: ['Content-Length: 0, 44'],
    raw: (hidden) => hidden,
  },
  { row: 'F2', what: 'a length with a sign', headers: ['Content-Length: +0'], raw: (hidden) => hidden },
  { row: 'F2', what: 'a length in hexadecimal', headers: ['Content-Length: 0x0'], raw: (hidden) => hidden },
  ...[
    'xchunked',
    'chunked, identity',
    'identity, chunked',
    '"chunked"',
    'chunked\u000b',
    ' \tchunked;q=1',
  ].map(
    (coding): Shape => ({
      row: 'F3',
      what: `Transfer-Encoding: ${JSON.stringify(coding)}`,
      headers: [`Transfer-Encoding: ${coding}`, 'Content-Length: 5'],
      raw: (hidden) => `0\r\n\r\n${hidden}`,
    }),
  ),
  {
    row: 'F3',
    what: 'Transfer-Encoding twice',
    headers: ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
    raw: (hidden) => `0\r\n\r\n${hidden}`,
  },
  // RFC 9112 sections 5.1 and 5.2: no blank before the colon, and no folding.
  {
    row: 'F4',
    what: 'a blank before the colon',
    headers: ['Transfer-Encoding : chunked', 'Content-Length: 5'],
    raw: (hidden) => `0\r\n\r\n${hidden}`,
  },
  {
    row: 'F4',
    what: 'a blank before the colon of the gateway’s own header',
    headers: [`X-Sallyport-Client : ${SPOOF}`, 'Content-Length: 0'],
    raw: () => '',
  },
  {
    row: 'F4',
    what: 'a folded line',
    headers: ['X-Folded: a', ' Transfer-Encoding: chunked', 'Content-Length: 5'],
    raw: (hidden) => `0\r\n\r\n${hidden}`,
  },
  // RFC 9112 section 2.2: a bare CR is invalid, and a bare LF may be taken for the end of a line, or not.
  {
    row: 'F5',
    what: 'a bare line feed ends a header',
    headers: [`X-Line: a\nTransfer-Encoding: chunked`, 'Content-Length: 5'],
    raw: (hidden) => `0\r\n\r\n${hidden}`,
  },
  {
    row: 'F5',
    what: 'a bare carriage return',
    headers: [`X-Line: a\rX-Sallyport-Client: ${SPOOF}`, 'Content-Length: 0'],
    raw: () => '',
  },
  // RFC 9112 section 7.1: sizes that overflow, extensions that are read as data, trailers that are merged.
  {
    row: 'F6',
    what: 'a chunk size that overflows',
    headers: ['Transfer-Encoding: chunked'],
    raw: (hidden) => `100000000000000000\r\n${hidden}`,
  },
  {
    row: 'F6',
    what: 'a chunk extension with a line feed',
    headers: ['Transfer-Encoding: chunked'],
    raw: (hidden) => `0;x\ny\r\n\r\n${hidden}`,
  },
  {
    row: 'F6',
    what: 'a trailer that names a client',
    headers: ['Transfer-Encoding: chunked', 'Trailer: X-Sallyport-Client'],
    raw: () => `1\r\na\r\n0\r\nX-Sallyport-Client: ${SPOOF}\r\n\r\n`,
  },
  {
    row: 'F7',
    what: 'a second request behind a body that was not announced',
    headers: ['Content-Length: 0', 'Connection: keep-alive'],
    raw: (hidden) => hidden,
  },
  {
    row: 'F7',
    what: 'a second request in the body of a GET',
    headers: ['Content-Length: 600'],
    raw: (hidden) => hidden.padEnd(600, ' '),
    bodyless: true,
  },
  {
    row: 'F8',
    what: 'HTTP/1.0 with chunks',
    headers: ['Transfer-Encoding: chunked', 'Connection: keep-alive'],
    raw: (hidden) => `0\r\n\r\n${hidden}`,
    version: 'HTTP/1.0',
  },
]

/** Each waits for an end that may not come. */
const MAX_AIMS = 2

/** Who the visible request comes from must not count for the hidden one. */
export function framingAttacks(scene: Scene, host: string): readonly Attack[] {
  return heldAims(scene)
    .slice(0, MAX_AIMS)
    .flatMap((aim) => [
      ...shapes.map((shape) => framed(scene, aim, host, shape)),
      ...(aim.route.upgrade === undefined ? upgrades.map((lines) => upgraded(scene, aim, lines)) : []),
    ])
}

/** The visible request is the holder's, so that it is forwarded; the hidden one is nobody's. */
function framed(scene: Scene, aim: Aim, host: string, shape: Shape): Attack {
  const home = cameFrom(scene, aim.holder?.address)
  const { holder } = aim
  const proof = holder === undefined ? [] : [basicLine(holder)]
  const truth = holder === undefined ? { address: home.address } : truthOf(holder)
  const hidden = [
    `${aim.method} ${aim.path}?hidden HTTP/1.1`,
    `Host: ${host}`,
    `${PROBE}: ${MARK}-hidden`,
    'Connection: close',
    ...home.headers,
    '\r\n',
  ].join('\r\n')
  const method = shape.bodyless ? aim.method : bodyMethod(aim)
  const wire = {
    method,
    target: aim.path,
    headers: [...proof, ...home.headers, ...shape.headers],
    raw: shape.raw(hidden),
    ...(shape.version !== undefined && { version: shape.version }),
  }
  const step: Step = { wire, truth }
  return { row: shape.row, what: shape.what, aim, steps: [step] }
}

/** What comes after a change of the protocol is decided on by nobody, so only a route that says so may have one. */
const upgrades: readonly (readonly string[])[] = [
  ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA'],
  [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  ],
]

function upgraded(scene: Scene, aim: Aim, lines: readonly string[]): Attack {
  const home = cameFrom(scene, aim.holder?.address)
  const proof = aim.holder === undefined ? [] : [basicLine(aim.holder)]
  const wire = {
    method: aim.method,
    target: aim.path,
    headers: [...proof, ...home.headers, ...lines],
    raw: '',
  }
  const truth = aim.holder === undefined ? { address: home.address } : truthOf(aim.holder)
  const what = `${lines[1]}, which the route does not know`
  return { row: 'F9', what, aim, steps: [{ wire, truth, absent: ['upgrade', 'http2-settings'] }] }
}

/** With a method that may have a body where the route has one, so that the gateway forwards it. */
const bodyMethod = ({ route, method }: Aim): string =>
  ['POST', 'PUT', 'PATCH'].find((each) => Object.hasOwn(route.callers, each)) ?? method
