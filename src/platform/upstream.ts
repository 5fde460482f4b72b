import { fail, ok, type Result } from '../base/result.ts'
import type { Upstream, UpstreamFailure, UpstreamRequest } from '../forwarding/upstream.ts'

type Sent = Result<Response, UpstreamFailure>

/** Statuses Cloudflare makes up when it cannot reach an origin, or waited for it too long (522, 524). */
const UNREACHABLE = new Set([520, 521, 523, 525, 526, 527, 530])
const TIMED_OUT = new Set([522, 524])

/** The upstreams over the network. */
export const networkUpstream: Upstream = {
  send: (request) =>
    new Promise((resolve) => {
      // The platform ends what is under way with the request that began it. A signal would do so at once; it would also
      // go along with every answer's body, which is then no longer passed on by the runtime itself.
      const timer = setTimeout(() => resolve(LATE), request.timeout)
      void answerOf(request).then((sent) => {
        clearTimeout(timer)
        resolve(sent)
      })
    }),
}

const LATE = fail({ reason: 'upstream_timeout' } as const)
const UNREACHED = fail({ reason: 'upstream_unreachable' } as const)
const NO_ANSWER = fail({
  reason: 'upstream_unreachable',
  why: 'the status of the answer is none that a caller can be given',
} as const)

/** Waits as long as it takes. */
async function answerOf({ url, method, headers, body }: UpstreamRequest): Promise<Sent> {
  try {
    const response = await fetch(url, { method, headers, body, redirect: 'manual' })
    const { status } = response
    if (TIMED_OUT.has(status)) return LATE
    if (UNREACHABLE.has(status)) return UNREACHED
    return isFinal(status) || isUpgrade(response) ? ok(response) : NO_ANSWER
  } catch {
    return UNREACHED
  }
}

/** RFC 9110 section 15. No other answer can be handed on, but for the 101 of an upgrade that was asked for. */
const isFinal = (status: number): boolean => status >= 200 && status <= 599

const isUpgrade = ({ status, webSocket }: Response): boolean => status === 101 && webSocket !== null
