/** From a fault to the answer the caller sees: status, content type and body. Names no address, no list and no rule. */
import type { Seconds } from '../base/time.ts'
import { classOf, type Fault, statusOf } from './classes.ts'
import type { FaultTable } from './config.ts'

export type Answer = { readonly status: number; readonly contentType: string; readonly body: string }

/** What a body may mention: the only names that are filled in. */
export type Fill = { readonly requestId: string; readonly retryAfter: Seconds | undefined }

export type FaultRenderer = (fault: Fault, fill: Fill) => Answer

/** A body cut at its names: text, name, text, ... so that answering is one concatenation. */
type Template = readonly string[]

type Prepared = Omit<Answer, 'body'> & { readonly template: Template }

const NAMES = /\$\{(request_id|retry_after)\}/

/**
 * Answers for one upstream. What a reason is answered with is put together the first time that it comes up.
 *
 * @param table - of the compiled policy; a class without a body is answered by the built-in problem document
 */
export function faultRenderer(table: FaultTable): FaultRenderer {
  const prepared = new Map<Fault['reason'], Prepared>()
  return ({ reason }, fill) => {
    const answer = prepared.get(reason) ?? prepare(table, reason)
    prepared.set(reason, answer)
    return { status: answer.status, contentType: answer.contentType, body: filled(answer.template, fill) }
  }
}

function prepare(table: FaultTable, reason: Fault['reason']): Prepared {
  const { status = statusOf(reason), body } = table[classOf(reason)] ?? {}
  return body === undefined
    ? { status, contentType: 'application/problem+json', template: templateOf(problem(status)) }
    : { status, contentType: 'application/json', template: templateOf(body) }
}

const templateOf = (body: unknown): Template => JSON.stringify(body).split(NAMES)

/** Every second piece is a name. The values are plain letters and digits, so they need no escaping. */
const filled = (template: Template, fill: Fill): string =>
  template.reduce((text, piece, at) => text + (at % 2 === 0 ? piece : fillOf(piece, fill)), '')

const fillOf = (name: string, { requestId, retryAfter }: Fill): string =>
  name === 'request_id' ? requestId : String(retryAfter ?? '')

/** RFC 9457 with `about:blank`: the title is the status's own phrase. */
const problem = (status: number) => ({
  type: 'about:blank',
  title: titles[status] ?? 'Error',
  status,
  request_id: '${request_id}',
})

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}
