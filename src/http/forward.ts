/** Sends an admitted request to its upstream and hands the upstream's response back. */
import { type Awaitable, fail, ok, type Result } from '../base/result.ts'
import type { CanonicalPath, Facts } from '../decision/facts.ts'
import type { Failure } from '../faults/classes.ts'
import type { ForwardConfig } from '../forwarding/config.ts'
import { requestHeaders, toResponseHeaders } from '../forwarding/headers.ts'
import { type Mounted, returnedThrough } from '../forwarding/location.ts'
import { resolveOrigin } from '../forwarding/origin.ts'
import { upstreamUrl } from '../forwarding/target.ts'
import type { Upstream } from '../forwarding/upstream.ts'
import type { RequestBody } from './body.ts'

/** An admitted request, as far as forwarding it goes. */
export type Admitted = {
  readonly request: Request
  readonly body: RequestBody
  readonly requestId: string
  readonly facts: Facts
  readonly path: CanonicalPath
  readonly route: { readonly upstream: number; readonly origin: string; readonly upgrade?: 'websocket' }
  readonly client: string | undefined
  /** What a token request's `scope` is cut down to. */
  readonly scope: string | undefined
  readonly rateHeaders: readonly (readonly [string, string])[]
}

type UpstreamSlice = ForwardConfig & { readonly prefix: string }

/**
 * @param upstreams - of the compiled policy; their origins are resolved here, once
 * @param environment - the Worker's variables
 */
export function forwarder(
  upstreams: readonly UpstreamSlice[],
  environment: Readonly<Record<string, unknown>>,
  upstream: Upstream,
): (admitted: Admitted) => Awaitable<Result<Response, Failure>> {
  const origins = upstreams.map(
    ({ origins }) =>
      new Map(Object.entries(origins).map(([name, config]) => [name, resolveOrigin(config, environment)])),
  )
  return (admitted) => {
    const { request, facts, route } = admitted
    const config = upstreams[route.upstream]
    const origin = origins[route.upstream]?.get(route.origin)
    if (config === undefined || origin === undefined)
      return fail({ reason: 'origin_missing', origin: route.origin })
    const url = upstreamUrl(origin, config.prefix, admitted.path, facts.query)
    if (!url.ok) return fail({ reason: 'query_malformed', why: url.error })
    const { method } = facts
    // The runtime's fetch throws on these, and sending them without their body would change their meaning.
    const bodyless = method === 'GET' || method === 'HEAD'
    if (bodyless && hasBody(request)) return fail({ reason: 'body_on_get' })
    const sending = upstream.send({
      url: url.value,
      method,
      headers: requestHeaders(request.headers, {
        authorization: config.authorization,
        upgrade: facts.upgrade === undefined ? undefined : route.upgrade,
        requestId: admitted.requestId,
        client: admitted.client,
      }),
      body: bodyless ? null : bodyOf(admitted),
      timeout: config.timeout,
    })
    return sending.then((sent) =>
      sent.ok ? ok(handedBack(sent.value, admitted, { origin, prefix: config.prefix })) : sent,
    )
  }
}

const bodyOf = ({ body, scope }: Admitted) =>
  body.forward(scope === undefined ? undefined : { name: 'scope', value: scope })

/**
 * Content-Length or Transfer-Encoding is what says that there is a body (RFC 9112 section 6). The runtime makes a stream
 * of it for each of the two, also for a length of 0, and none where both are missing.
 */
const hasBody = ({ body, headers }: Request): boolean =>
  body !== null && (headers.has('transfer-encoding') || !['0', null].includes(headers.get('content-length')))

function handedBack(response: Response, { requestId, rateHeaders }: Admitted, mounted: Mounted): Response {
  const answer = copyOf(response)
  const { headers } = answer
  const sent = toResponseHeaders(headers, rateHeaders)
  headers.set('x-request-id', requestId)
  returnedThrough(headers, sent, answer.status, mounted)
  return answer
}

function copyOf(response: Response): Response {
  const body = response.webSocket ? null : response.body
  try {
    // As a whole, the headers with it; reading each and building them anew takes three times as long.
    return new Response(body, response)
  } catch {
    // A tab in the reason phrase (RFC 9112 section 4 allows it) is let in by the runtime, and not out again.
    const { status, headers, webSocket } = response
    return new Response(body, { status, headers, webSocket })
  }
}
