/**
 * The parts of a gateway that decide what gets through, each done with care. `holes*.ts` put in the place of one of them
 * what was found in gateways elsewhere.
 */

import type { Answer } from '../../../src/attack/answer.ts'
import type { Seen } from '../../../src/attack/seen.ts'
import { type IpAddress, parseAddress } from '../../../src/base/address.ts'
import type { Awaitable } from '../../../src/base/result.ts'
import type { Denial } from '../../../src/decision/denial.ts'
import { statusOf } from '../../../src/faults/classes.ts'
import { requestHeaders } from '../../../src/forwarding/headers.ts'
import { responseNames, responsePrefixes } from '../../../src/forwarding/names.ts'
import type { Limiter } from '../../../src/ratelimit/limiter.ts'
import { canonicalPath } from '../../../src/routing/path.ts'

/** A request as the naive gateway's server read it. */
export type Arrived = {
  readonly method: string
  readonly target: string
  /** Header lines, names as sent; several of one name stay several. */
  readonly lines: readonly (readonly [name: string, value: string])[]
  readonly trailers: readonly (readonly [name: string, value: string])[]
  readonly body: string
  /** The same object for all requests of a connection. */
  readonly connection: object
}

export type Refusal = {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** What the decision has learned and the upstream is told. */
export type Told = { readonly requestId: string; readonly client: string | undefined }

export type Lines = Seen['headers']

export type Parts = {
  /** Whether contradicting lengths are accepted. */
  readonly lenient: boolean
  /** The path that a rule is looked up by, or undefined for 400. */
  readonly matched: (arrived: Arrived) => string | undefined
  /** The path that is sent, with the mount's prefix. */
  readonly sent: (arrived: Arrived, matched: string) => string
  readonly method: (arrived: Arrived) => string
  /** As the decision is told. */
  readonly query: (arrived: Arrived) => string
  readonly address: (arrived: Arrived) => IpAddress | undefined
  readonly authorization: (arrived: Arrived) => Awaitable<string | undefined>
  /** Answered before anybody decides. */
  readonly early: (arrived: Arrived) => Refusal | undefined
  /** Whether the decision is skipped, and the request forwarded. */
  readonly skips: (arrived: Arrived) => boolean
  /** Told of what was decided. */
  readonly decided: (arrived: Arrived, denial: Denial | undefined) => void
  readonly limiter: (real: Limiter, arrived: Arrived) => Limiter
  /** `host:port` of another server than the upstream. */
  readonly elsewhere: (arrived: Arrived) => string | undefined
  readonly forwarded: (arrived: Arrived, told: Told) => Lines
  /** An answer that was given before, for whoever asks. */
  readonly cached: (arrived: Arrived, fresh: Answer | undefined) => Answer | undefined
  readonly returned: (answer: Answer) => Lines
  readonly refusal: (denial: Denial | undefined, requestId: string, arrived: Arrived) => Refusal
}

/** Values of one name joined, as the runtime hands them over; undefined where there is none. */
export function headerOf({ lines }: Arrived, name: string): string | undefined {
  const values = lines.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value)
  return values.length === 0 ? undefined : values.join(', ')
}

export const pathOf = ({ target }: Arrived): string => target.split(/[?#]/)[0] ?? ''

/** Of the whole text or not at all. */
export function addressIn(text: string | undefined): IpAddress | undefined {
  const address = text === undefined ? undefined : parseAddress(text)
  return address?.ok ? address.value : undefined
}

const HOST = /^[A-Za-z0-9._-]+(?::[0-9]{1,5})?$/

export const careful: Parts = {
  lenient: false,
  matched: (arrived) => {
    if (!HOST.test(headerOf(arrived, 'host') ?? '') || !arrived.target.startsWith('/')) return undefined
    const path = canonicalPath(pathOf(arrived))
    return path.ok ? path.value : undefined
  },
  sent: (_, matched) => matched,
  method: ({ method }) => method,
  query: ({ target }) => target.split('?').slice(1).join('?'),
  address: (arrived) =>
    headerOf(arrived, 'cf-worker') === undefined
      ? addressIn(headerOf(arrived, 'cf-connecting-ip'))
      : undefined,
  authorization: (arrived) => headerOf(arrived, 'authorization'),
  early: () => undefined,
  skips: () => false,
  decided: () => undefined,
  limiter: (real) => real,
  elsewhere: () => undefined,
  forwarded: ({ lines }, { requestId, client }) => {
    const headers = new Headers(
      lines.filter(([name]) => /^[\w.-]+$/.test(name)).map(([name, value]) => [name, value]),
    )
    const identity = { requestId, client, authorization: 'remove', upgrade: undefined } as const
    return [...requestHeaders(headers, identity)]
  },
  cached: (_, fresh) => fresh,
  returned: ({ headers }) =>
    headers.filter(
      ([name]) => !responseNames.has(name) && !responsePrefixes.some((prefix) => name.startsWith(prefix)),
    ),
  refusal: (denial, requestId) => refusalOf(denial, { request_id: requestId }, requestId),
}

export function refusalOf(denial: Denial | undefined, body: object, requestId: string): Refusal {
  const retry = denial !== undefined && 'retryMs' in denial ? denial.retryMs : undefined
  return {
    status: denial === undefined ? 400 : statusOf(denial.reason),
    headers: [
      ['content-type', 'application/json'],
      ['cache-control', 'no-store'],
      ['x-request-id', requestId],
      ...(retry === undefined ? [] : [['retry-after', String(Math.ceil(retry / 1000))] as const]),
    ],
    body: JSON.stringify(body),
  }
}
