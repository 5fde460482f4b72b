/** From a fault to the answer the caller sees: status, content type and body. Names no address, no list and no rule. */
import type { Seconds } from '../base/time.ts'
import { classOf, type Fault, statusOf } from './classes.ts'
import { type FaultConfig, type FaultTable, type ReasonClass, reasonClasses } from './config.ts'

export type Answer = { readonly status: number; readonly contentType: string; readonly body: string }

/** What a body may mention: the only names that are filled in. */
export type Fill = { readonly requestId: string; readonly retryAfter: Seconds | undefined }

export type FaultRenderer = (fault: Fault, fill: Fill) => Answer

/** A body cut at its names: text, name, text, ... so that answering is one concatenation. */
type Template = readonly string[]

type Prepared = { readonly status: number | undefined; readonly template: Template | undefined }

const NAMES = /\$\{(request_id|retry_after)\}/

/**
 * Prepares one upstream's answers, once.
 *
 * @param table - of the compiled policy; a class without a body is answered by the built-in problem document
 */
export function faultRenderer(table: FaultTable): FaultRenderer {
  const prepared = new Map<ReasonClass, Prepared>(
    reasonClasses.map((reasonClass) => [reasonClass, prepare(table[reasonClass])]),
  )
  return (fault, fill) => {
    const { status, template } = prepared.get(classOf(fault.reason)) ?? prepare(undefined)
    const sent = status ?? statusOf(fault.reason)
    return template === undefined
      ? problemDocument(sent, fill)
      : { status: sent, contentType: 'application/json', body: filled(template, fill) }
  }
}

const prepare = (config: FaultConfig | undefined): Prepared => ({
  status: config?.status,
  template: config?.body === undefined ? undefined : JSON.stringify(config.body).split(NAMES),
})

/** Every second piece is a name. The values are plain letters and digits, so they need no escaping. */
const filled = (template: Template, fill: Fill): string =>
  template.map((piece, index) => (index % 2 === 0 ? piece : fillOf(piece, fill))).join('')

const fillOf = (name: string, { requestId, retryAfter }: Fill): string =>
  name === 'request_id' ? requestId : String(retryAfter ?? '')

/** RFC 9457 with `about:blank`: the title is the status's own phrase. */
function problemDocument(status: number, { requestId }: Fill): Answer {
  const body = JSON.stringify({
    type: 'about:blank',
    title: titles[status] ?? 'Error',
    status,
    request_id: requestId,
  })
  return { status, contentType: 'application/problem+json', body }
}

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
