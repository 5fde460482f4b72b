import { fail, ok } from '../base/result.ts'
import type { Upstream } from '../forwarding/upstream.ts'

/** Statuses Cloudflare makes up when it cannot reach an origin, or waited for it too long (522, 524). */
const UNREACHABLE = new Set([520, 521, 523, 525, 526, 527, 530])
const TIMED_OUT = new Set([522, 524])

/** The upstreams over the network. */
export const networkUpstream: Upstream = {
  async send({ url, timeout, ...request }) {
    const abort = new AbortController()
    const timer = setTimeout(() => abort.abort(), timeout)
    try {
      const response = await fetch(url, { ...request, redirect: 'manual', signal: abort.signal })
      if (TIMED_OUT.has(response.status)) return fail({ reason: 'upstream_timeout' })
      return UNREACHABLE.has(response.status) ? fail({ reason: 'upstream_unreachable' }) : ok(response)
    } catch {
      return fail({ reason: abort.signal.aborted ? 'upstream_timeout' : 'upstream_unreachable' })
    } finally {
      clearTimeout(timer)
    }
  },
}
