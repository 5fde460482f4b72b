import { fail, ok } from '../base/result.ts'
import type { Upstream } from '../forwarding/upstream.ts'

/** Statuses Cloudflare makes up when it cannot reach an origin, or waited for it too long (522, 524). */
const UNREACHABLE = new Set([520, 521, 523, 525, 526, 527, 530])
const TIMED_OUT = new Set([522, 524])

/** The upstreams over the network. */
export const networkUpstream: Upstream = {
  async send({ url, method, headers, body, timeout }) {
    const { promise: late, resolve } = Promise.withResolvers<undefined>()
    const timer = setTimeout(resolve, timeout)
    try {
      // The platform ends what is under way with the request that began it. A signal would do so at once; it would also
      // go along with every answer's body, which is then no longer passed on by the runtime itself.
      const answer = fetch(url, { method, headers, body, redirect: 'manual' })
      const response = await Promise.race([answer, late])
      if (response === undefined || TIMED_OUT.has(response.status))
        return fail({ reason: 'upstream_timeout' })
      if (UNREACHABLE.has(response.status)) return fail({ reason: 'upstream_unreachable' })
      return isAnswer(response) ? ok(response) : fail({ reason: 'upstream_unreachable', why: NO_ANSWER })
    } catch {
      return fail({ reason: 'upstream_unreachable' })
    } finally {
      clearTimeout(timer)
    }
  },
}

const NO_ANSWER = 'the status of the answer is none that a caller can be given'

/** A final answer (RFC 9110 section 15), or the 101 of an upgrade that was asked for: others cannot be handed on. */
const isAnswer = ({ status, webSocket }: Response): boolean =>
  (status >= 200 && status <= 599) || (status === 101 && webSocket !== null)
