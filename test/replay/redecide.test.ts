/** A line decided again is what the policy really decides of the request behind the line, or unknown. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decisionEvent, logLine } from '../../src/audit/event.ts'
import type { IpAddress } from '../../src/base/address.ts'
import { reportedIn } from '../../src/decision/report-only.ts'
import type { CompiledPolicy } from '../../src/policy/model.ts'
import { loggedDecision } from '../../src/replay/log.ts'
import { requestsBy } from '../../src/replay/paths.ts'
import { redecide } from '../../src/replay/redecide.ts'
import { type RequestLine, type Trial, trialOf } from '../../src/testing/trial.ts'
import { BOUNDS, METHODS, pairOfPolicies, SEGMENTS } from '../diff/small-policies.ts'

const path = fc
  .array(fc.constantFrom(...SEGMENTS), { minLength: 1, maxLength: 2 })
  .map((segments) => `/p/${segments.join('/')}`)

const shot = fc.record({
  method: fc.constantFrom(...METHODS),
  host: fc.constantFrom(undefined, 'two.example'),
  path,
  address: fc.constantFrom(...BOUNDS),
  client: fc.constantFrom(undefined, 'ann', 'bob', 'cyd'),
})

/** The same caller, in the way of the policy that is asked. */
async function decisionOf(trial: Trial, request: RequestLine, address: IpAddress, name: string | undefined) {
  const { route } = await trial.meets(request)
  const client = trial.policy.clients.find((each) => each.name === name)
  const sent = await trial.credentials({ client, token: undefined, scopes: undefined }, route)
  return { decision: await trial.decide(request, sent, address) }
}

async function lineOf(
  policy: CompiledPolicy,
  trial: Trial,
  { method, host, path: sentPath, address, client }: Shot,
) {
  const request: RequestLine = { method, host, path: sentPath, query: '' }
  const { decision } = await decisionOf(trial, request, { family: 4, value: address }, client)
  const { route, pattern, principal } = decision.known
  const outcome = {
    now: 0,
    requestId: 'r',
    allowed: decision.allowed,
    reason: decision.allowed ? undefined : decision.denial.reason,
    step: decision.allowed ? undefined : decision.step,
    wouldDeny: reportedIn(decision.known),
    route,
    method,
    path: pattern ?? sentPath,
    client: principal?.client?.name,
    address: { family: 4, value: address } as const,
    status: 200,
  }
  const line = loggedDecision(logLine(decisionEvent(outcome, policy)))
  if (line === undefined) throw new Error('a line of our own is not read')
  return { line, request, route, knows: principal?.client !== undefined }
}

type Shot = typeof shot extends fc.Arbitrary<infer T> ? T : never

test('known answers are right', { timeout: 30_000 }, async () => {
  let known = 0
  let reports = 0
  const property = fc.asyncProperty(
    pairOfPolicies,
    fc.constantFrom('full' as const, 'prefix' as const, 'none' as const),
    fc.array(shot, { minLength: 60, maxLength: 60, size: 'max' }),
    async ([before, after], clientAddress, shots) => {
      const old = { ...before, decisionLog: { allowed: 1, clientAddress } }
      const [a, b] = [trialOf(old), trialOf(after)]
      const requestsOf = requestsBy(after, old)
      for (const each of shots) {
        const { line, request, route, knows } = await lineOf(old, a, each)
        const answer = await redecide(line, b, requestsOf, route)
        // Who is nobody to the log is nobody to the check: only clients that the line names are sent again.
        if (answer.outcome === 'unknown' || !knows) continue
        known += 1
        const { decision } = await decisionOf(b, request, { family: 4, value: each.address }, each.client)
        const [report] = reportedIn(decision.known)
        const real = decision.allowed
          ? { outcome: 'allowed', wouldDeny: report?.denial.reason }
          : { outcome: 'denied', reason: decision.denial.reason }
        if (answer.outcome === 'allowed' && answer.wouldDeny !== undefined) reports += 1
        expect({ line, answer }).toEqual({ line, answer: real })
      }
    },
  )
  await fc.assert(property, { numRuns: 100, seed: 11, endOnFailure: true })
  expect(known).toBeGreaterThan(100)
  expect(reports).toBeGreaterThan(10)
})
