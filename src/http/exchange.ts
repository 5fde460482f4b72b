/** One request on its way, and what the decision log is told of it. */
import type { Outcome } from '../audit/event.ts'
import type { Millis } from '../base/time.ts'
import { reportedIn } from '../decision/report-only.ts'
import type { StepName } from '../decision/stage.ts'
import type { Fault } from '../faults/classes.ts'
import type { Known } from '../pipeline.ts'
import type { Rated } from '../ratelimit/headers.ts'
import type { RequestBody } from './body.ts'

export type Exchange = {
  readonly request: Request
  readonly body: RequestBody
  readonly requestId: string
  readonly now: Millis
  /** What has become known of it. */
  readonly known: Partial<Known>
  readonly rated: Rated | undefined
}

export type Ending = {
  readonly status: number
  /** Absent where the upstream's own answer was handed on. */
  readonly fault?: Fault
  /** Of a denial; absent where the decision was to allow. */
  readonly step?: StepName | undefined
}

/** @param reports - whether anything of the policy is tried out */
export const outcomeOf = (
  { requestId, now, request, known }: Exchange,
  { status, fault, step }: Ending,
  reports: boolean,
): Outcome => ({
  now,
  requestId,
  allowed: step === undefined,
  reason: fault?.reason,
  why: fault && 'why' in fault ? fault.why : undefined,
  step,
  wouldDeny: reports ? reportedIn(known) : [],
  route: known.route,
  method: request.method,
  path: known.pattern ?? known.path ?? known.facts?.rawPath ?? '',
  client: known.principal?.client?.name ?? (fault && 'client' in fault ? fault.client : undefined),
  address: known.facts?.address,
  status,
})
