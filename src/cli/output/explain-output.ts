/** What `sallyport explain` found, for programs. */
import { formatInterval } from '../../base/interval.ts'
import type { ClientConfig } from '../../clients/config.ts'
import type { Explanation } from '../../explain/explain.ts'
import type { Question } from '../../explain/question.ts'
import type { ReachableRow } from '../../explain/reachable.ts'
import type { LoggedDecision } from '../../replay/log.ts'
import type { Io } from '../io.ts'
import type { OpenPolicy } from '../policy.ts'
import { addressText } from './explain-report.ts'
import { policyOutput } from './formats.ts'
import { outputText } from './output.ts'
import type { Results } from './output-schema.ts'
import { placeLine } from './steps-text.ts'

/** The whole document. */
export const explainText = (
  io: Io,
  { policy, compiled: { files, problems } }: OpenPolicy,
  result: Results['explain'],
): string => outputText(io, 'explain', { policy: policyOutput(files, policy), remarks: problems }, result)

/**
 * @param logged - the line of the log that is explained, where it is one
 * @param notes - sentences on what could not be known
 */
export const explanationResult = (
  { request, client, token, scopes, from }: Question,
  { outcome, reason, wouldDeny, steps, whoMay, nearest }: Explanation,
  logged?: LoggedDecision,
  notes: readonly string[] = [],
): Results['explain'] => ({
  of: 'request',
  request: request.text,
  client,
  token,
  scopes: scopes && [...scopes],
  from: from && addressText(from),
  logged: logged && loggedOutput(logged),
  decision: outcome,
  reason,
  would_deny: wouldDeny && [...wouldDeny],
  steps: steps.map(({ step, verdict, words, place }) => ({
    step,
    verdict,
    words,
    at: place && placeLine(place),
  })),
  who_may: whoMay && { clients: [...whoMay.clients], tokens: whoMay.tokens },
  nearest_paths: nearest && [...nearest],
  notes: [...notes],
})

const loggedOutput = ({ ts, requestId, policy, decision, reason, why, step, ...line }: LoggedDecision) => ({
  ts,
  request_id: requestId,
  policy,
  decision,
  reason,
  why,
  step,
  would_deny: line.wouldDeny.length === 0 ? undefined : [...line.wouldDeny],
  route: line.route,
  method: line.method,
  path: line.path,
  client: line.client,
  address: line.address && formatInterval(line.address),
})

/** All rows, those that are open to others too included. */
export const reachableResult = (
  { name, enabled, features }: ClientConfig,
  rows: readonly ReachableRow[],
): Results['explain'] => ({
  of: 'client',
  client: name,
  enabled,
  features: [...features],
  reaches: rows.map(({ route, methods, scopes, paths, from, rateGroup, asClient }) => ({
    route,
    methods: [...methods],
    scopes: scopes && [...scopes],
    paths: [...paths],
    from,
    rate_group: rateGroup,
    as_client: asClient,
  })),
})
