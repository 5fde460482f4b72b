/** What several steps come to together: limits, and answers that must not differ. */
import { headerOf } from './answer.ts'
import type { Verdict } from './attack.ts'
import { arrivalsOf, type Carried, type Exchange, type Finding } from './carried.ts'

/** @returns one finding at most; each step has been judged for itself elsewhere */
export function together({ attack, exchanges, arrivals, elapsedMs }: Carried): Finding[] {
  const { verdict, row, what, aim } = attack
  const last = exchanges.at(-1)
  if (verdict === undefined || last === undefined) return []
  const served = exchanges.filter(
    (exchange) => arrivalsOf(exchange, { attack, exchanges, arrivals, elapsedMs }).length > 0,
  )
  const found = foundBy(verdict, exchanges, served, elapsedMs)
  return found === undefined ? [] : [{ row, what, upstream: aim.upstream.name, step: last.step, ...found }]
}

type Found = Pick<Finding, 'came' | 'meaning'>

function foundBy(
  verdict: Verdict,
  exchanges: readonly Exchange[],
  served: readonly Exchange[],
  elapsedMs: number,
): Found | undefined {
  switch (verdict.kind) {
    case 'same_answers':
      return differing(exchanges)
    case 'at_most': {
      // The bucket, and what drained of it since the first request; rounded up, since the clocks are two.
      const most = verdict.burst + Math.ceil((elapsedMs * verdict.rate) / verdict.perMs)
      if (served.length <= most) return undefined
      const came = `${served.length} of ${exchanges.length} were served`
      return {
        came,
        meaning: `the bucket holds ${verdict.burst}, and ${most} could have been earned by then`,
      }
    }
    case 'some_refused':
      if (exchanges.some(({ answers: [first] }) => first?.status === 429)) return undefined
      return {
        came: `${exchanges.length} wrong secrets and no 429`,
        meaning: 'secrets can be guessed without end',
      }
    // Where the first one, the same request, was refused already, something else is in the way.
    case 'last_served': {
      const last = exchanges.at(-1)
      const [first] = exchanges
      if (last === undefined || served.includes(last)) return undefined
      if (first === undefined || (first !== last && !served.includes(first))) return undefined
      const came = `${last.answers[0]?.status ?? 'no answer'}`
      return { came, meaning: 'a good request of the client itself is refused' }
    }
  }
}

/**
 * Statuses and texts, with the request id taken out. Times are not compared: over a network they say nothing, and the work is
 * held to be the same by a test of its own (threat T13).
 */
function differing(exchanges: readonly Exchange[]): Found | undefined {
  const [first, second] = exchanges.map(({ answers: [answer] }) => answer)
  if (first === undefined || second === undefined || [first.status, second.status].includes(429))
    return undefined
  const texts = [first, second].map((answer) => {
    const id = headerOf(answer, 'x-request-id') ?? ''
    return `${answer.status} ${id === '' ? answer.body : answer.body.replaceAll(id, 'ID')}`
  })
  if (texts[0] === texts[1]) return undefined
  return { came: `${first.status} and ${second.status}`, meaning: 'an outsider can tell which ids exist' }
}
