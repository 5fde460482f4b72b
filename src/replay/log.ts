/** Lines of a decision log, as far as they can be decided again. */
import { type Interval, parseEntry } from '../base/interval.ts'

export type LoggedDecision = {
  readonly ts: string
  readonly requestId: string
  /** Digest of the policy that decided. */
  readonly policy: string
  readonly decision: 'allowed' | 'denied'
  readonly reason: string | undefined
  readonly why: string | undefined
  readonly step: string | undefined
  /** What rules that were only tried out would have refused, in the order of the steps. */
  readonly wouldDeny: readonly LoggedReport[]
  /** Route id. With one, `path` is the pattern that matched, and not the path. */
  readonly route: string | undefined
  readonly method: string
  readonly path: string
  readonly client: string | undefined
  /** One address, or the network that the log shortened it to; undefined where the line has none. */
  readonly address: Interval | undefined
}

/** As `WouldDeny` of the log has it. */
export type LoggedReport = {
  readonly reason: string
  readonly why: string | undefined
  readonly step: string
  readonly until: string
}

/** As long as the texts of a log line may be. */
const LOGGED_CHARACTERS = 256

/** Whether the line may have the beginning of the path only. */
export const isCutOff = ({ path }: LoggedDecision): boolean => path.length >= LOGGED_CHARACTERS

/** @returns undefined for a line that is no decision: logs are mixed with other lines */
export function loggedDecision(line: string): LoggedDecision | undefined {
  const object = objectIn(line)
  if (object === undefined) return undefined
  const text = textIn(object)
  const [requestId, policy, decision, method, path] = [
    'request_id',
    'policy',
    'decision',
    'method',
    'path',
  ].map(text)
  if (requestId === undefined || policy === undefined || method === undefined || path === undefined) {
    return undefined
  }
  if (decision !== 'allowed' && decision !== 'denied') return undefined
  return {
    ts: text('ts') ?? '',
    requestId,
    policy,
    decision,
    reason: text('reason'),
    why: text('why'),
    step: text('step'),
    wouldDeny: reportsIn(Reflect.get(object, 'would_deny')),
    route: text('route'),
    method,
    path,
    client: text('client'),
    address: intervalOf(text('address')),
  }
}

const textIn =
  (object: object) =>
  (name: string): string | undefined => {
    const value: unknown = Reflect.get(object, name)
    return typeof value === 'string' ? value : undefined
  }

function reportsIn(value: unknown): readonly LoggedReport[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : []
  return items.flatMap((item) => {
    if (typeof item !== 'object' || item === null) return []
    const [reason, why, step, until] = ['reason', 'why', 'step', 'until'].map(textIn(item))
    return reason === undefined || step === undefined || until === undefined
      ? []
      : [{ reason, why, step, until }]
  })
}

/** Other programs put their own words before the object. */
function objectIn(line: string): object | undefined {
  const start = line.indexOf('{')
  if (start < 0) return undefined
  try {
    const value: unknown = JSON.parse(line.slice(start))
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

function intervalOf(text: string | undefined): Interval | undefined {
  const entry = text === undefined ? undefined : parseEntry(text)
  if (entry?.ok !== true) return undefined
  const { hostBits, mapped, ...interval } = entry.value
  return interval
}
