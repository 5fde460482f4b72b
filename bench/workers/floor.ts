/**
 * What no gateway can leave out: the caller's address goes no further, the upstream and the caller are told what they
 * must be, and there is a deadline. It decides nothing and knows nobody.
 */
import { type Origin, toOrigin } from './origin.ts'

const DEADLINE_MS = 10_000

/** As the gateway has them, of the same length. */
const TOLD = new Map([
  ['X-RateLimit-Limit', '10000000'],
  ['X-RateLimit-Remaining', '9999999'],
  ['X-RateLimit-Reset', '1'],
  ['RateLimit-Policy', '"wide";q=10000000;w=10'],
  ['RateLimit', '"wide";r=9999999;t=10'],
  ['x-request-id', '72gnhpkttcjgc3ns'],
])

export default {
  async fetch(request: Request, env: Origin): Promise<Response> {
    const { promise: late, resolve } = Promise.withResolvers<undefined>()
    const timer = setTimeout(resolve, DEADLINE_MS)
    const sent = fetch(toOrigin(request.url, env), {
      method: request.method,
      headers: fieldsOf(request),
      body: request.body,
      redirect: 'manual',
    })
    const response = await Promise.race([sent, late])
    clearTimeout(timer)
    if (response === undefined) return new Response(null, { status: 504 })
    const answer = new Response(response.body, response)
    for (const [name, value] of TOLD) answer.headers.set(name, value)
    return answer
  },
}

function fieldsOf(request: Request): Headers {
  const headers = new Headers(request.headers)
  headers.delete('cf-connecting-ip')
  headers.set('x-request-id', '72gnhpkttcjgc3ns')
  headers.set('x-sallyport-client', 'api-client-1')
  return headers
}
