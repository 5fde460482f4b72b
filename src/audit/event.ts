/**
 * The decision log: one line a denial, a sampled pass, and a pass that a rule which is only tried out would have refused,
 * with exactly these fields. No body, header, query or secret.
 */
import { formatAddress, type IpAddress, prefixOf } from '../base/address.ts'
import { dateText, type Millis } from '../base/time.ts'
import type { ReportedStep } from '../decision/report-only.ts'
import type { DecisionLogConfig } from './config.ts'

export type DecisionEvent = {
  readonly ts: string
  readonly request_id: string
  readonly policy: string
  readonly seq: number
  readonly decision: 'allowed' | 'denied'
  readonly reason?: string | undefined
  /** A sentence on the reason. Nothing that the caller sent is in it. */
  readonly why?: string | undefined
  readonly step?: string | undefined
  /** What would have been refused on the way by rules that are only tried out, in the order of the steps. */
  readonly would_deny?: readonly WouldDeny[] | undefined
  readonly route?: string | undefined
  readonly at?: string | undefined
  readonly method: string
  readonly path: string
  readonly client?: string | undefined
  readonly address?: string | undefined
  readonly rate_group?: string | undefined
  readonly status: number
}

/** As a denial has them, with the date from which on it will be one. */
export type WouldDeny = {
  readonly reason: string
  readonly why?: string | undefined
  readonly step: string
  readonly until: string
}

/** What the gateway knows of a request when it answers. */
export type Outcome = {
  readonly now: Millis
  readonly requestId: string
  readonly allowed: boolean
  readonly reason: string | undefined
  readonly why?: string | undefined
  readonly step: string | undefined
  readonly wouldDeny?: readonly ReportedStep[]
  readonly route: { readonly id: string; readonly at: string; readonly rateGroup: string } | undefined
  readonly method: string
  /** The matched pattern; the raw path only where no route was found. */
  readonly path: string
  readonly client: string | undefined
  readonly address: IpAddress | undefined
  readonly status: number
}

/** Longer texts of the caller are cut, so that one request cannot fill the log (threat H7). */
const MAX_TEXT_CHARACTERS = 256

/** Makes the log line's object. `JSON.stringify` leaves out what is undefined and escapes what is not plain. */
export function decisionEvent(
  outcome: Outcome,
  policy: { readonly digest: string; readonly sequence: number; readonly decisionLog: DecisionLogConfig },
): DecisionEvent {
  const { route } = outcome
  return {
    ts: new Date(outcome.now).toISOString(),
    request_id: outcome.requestId,
    policy: policy.digest,
    seq: policy.sequence,
    decision: outcome.allowed ? 'allowed' : 'denied',
    reason: outcome.reason,
    why: outcome.why,
    step: outcome.step,
    would_deny: outcome.wouldDeny?.length ? outcome.wouldDeny.map(wouldDeny) : undefined,
    route: route?.id,
    at: route?.at,
    method: outcome.method.slice(0, MAX_TEXT_CHARACTERS),
    path: outcome.path.slice(0, MAX_TEXT_CHARACTERS),
    client: outcome.client,
    address: addressText(outcome.address, policy.decisionLog.clientAddress),
    rate_group: route?.rateGroup,
    status: outcome.status,
  }
}

const wouldDeny = ({ denial, step, until }: ReportedStep): WouldDeny => ({
  reason: denial.reason,
  why: 'why' in denial ? denial.why : undefined,
  step,
  until: dateText(until),
})

/** Line separators are legal in JSON and break some log readers' lines. */
export const logLine = (event: DecisionEvent): string =>
  JSON.stringify(event).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')

function addressText(
  address: IpAddress | undefined,
  detail: DecisionLogConfig['clientAddress'],
): string | undefined {
  if (address === undefined || detail === 'none') return undefined
  return detail === 'full' ? formatAddress(address) : prefixOf(address)
}
