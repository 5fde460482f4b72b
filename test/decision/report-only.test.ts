/** What is tried out refuses nobody, reports what it would have refused, and opens nothing besides. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { IpAddress } from '../../src/base/address.ts'
import { type ReportOnly, reportedAs, reportedIn, reportedUntil } from '../../src/decision/report-only.ts'
import type { RouteDecision } from '../../src/pipeline.ts'
import type { CompiledPolicy } from '../../src/policy/model.ts'
import { tokenMaker } from '../../src/testing/tokens.ts'
import { type RequestLine, TEST_NOW, trialOf } from '../../src/testing/trial.ts'
import { BOUNDS, METHODS, SCOPES, SEGMENTS, smallPolicy, TRIAL_ENDS } from '../diff/small-policies.ts'

const without = <T extends ReportOnly>({ reportOnlyUntil: _, ...rest }: T) => rest

/** The same policy with nothing tried out. */
const enforced = (policy: CompiledPolicy): CompiledPolicy => ({
  ...policy,
  routes: policy.routes.map(without),
  clients: policy.clients.map(without),
})

const request: fc.Arbitrary<RequestLine> = fc.record({
  method: fc.constantFrom(...METHODS, ...METHODS, 'HEAD', 'DELETE'),
  host: fc.constantFrom(undefined, 'two.example'),
  path: fc
    .array(fc.constantFrom(...SEGMENTS), { minLength: 1, maxLength: 3 })
    .map((segments) => `/p/${segments.join('/')}`),
  query: fc.constant(''),
})

const shot = fc.record({
  request,
  address: fc.option(
    fc.constantFrom(...BOUNDS).map((value): IpAddress => ({ family: 4, value })),
    { nil: undefined, freq: 8 },
  ),
  name: fc.constantFrom(undefined, 'ann', 'bob', 'cyd'),
  scopes: fc.constantFrom(undefined, ...SCOPES.map((scope) => [scope])),
})

type Shot = typeof shot extends fc.Arbitrary<infer T> ? T : never
const shots = fc.array(shot, { minLength: 60, maxLength: 60, size: 'max' })

/** What the caller is told without any trial, and by which step. */
const answerOf = (decision: RouteDecision): string =>
  decision.allowed ? 'allowed' : `${decision.step} ${decision.denial.reason}`

/** What the decision would have been if its reports were denials. */
function answerIfEnforced(decision: RouteDecision): string {
  const [first] = reportedIn(decision.known)
  return first === undefined ? answerOf(decision) : `${first.step} ${first.denial.reason}`
}

/** A trial never lets in somebody whom the route does not know, nor as somebody else. */
function expectSameCaller(open: RouteDecision, closed: RouteDecision): void {
  const { principal, route } = open.known
  const before = closed.known.principal
  if (open.allowed && route?.auth !== 'none') expect(principal?.by).toBe(route?.auth)
  if (before) expect([principal?.by, principal?.client?.name]).toEqual([before.by, before.client?.name])
}

const counts = { decided: 0, let: 0 }

async function checkAt(now: number, policy: CompiledPolicy, tried: readonly Shot[]) {
  const tokens = tokenMaker(now)
  const [trial, strict] = [trialOf(policy, tokens), trialOf(enforced(policy), tokens)]
  for (const { request: line, address, name, scopes } of tried) {
    const { route } = await trial.meets(line)
    const client = trial.policy.clients.find((each) => each.name === name)
    const sent = await trial.credentials({ client, token: undefined, scopes }, route)
    const [open, closed] = [await trial.decide(line, sent, address), await strict.decide(line, sent, address)]
    expect(answerIfEnforced(open)).toBe(answerOf(closed))
    expectSameCaller(open, closed)
    counts.decided += 1
    if (open.allowed && !closed.allowed) counts.let += 1
    if (now >= Math.max(...TRIAL_ENDS)) expect(answerOf(open)).toBe(answerOf(closed))
  }
}

test('a trial answers as the policy without it but for what it reports, and after its date in everything', async () => {
  await fc.assert(
    fc.asyncProperty(smallPolicy, shots, async (policy, tried) => {
      await checkAt(TEST_NOW, policy, tried)
      await checkAt(Math.max(...TRIAL_ENDS), policy, tried)
    }),
    { numRuns: 150, seed: 8, endOnFailure: true },
  )
  expect(counts.decided).toBeGreaterThan(15_000)
  expect(counts.let).toBeGreaterThan(80)
})

const until = (reportOnlyUntil: number): ReportOnly => ({ reportOnlyUntil })

test.each([
  ['nobody tries anything out', 10, [{}], undefined],
  ['before its date', 9, [until(10)], 10],
  ['at its date', 10, [until(10)], undefined],
  ['the later of two dates', 9, [until(10), until(20), {}], 20],
  ['one of two is over', 10, [until(10), until(20)], 20],
])('%s', (_, now, owners, expected) => {
  expect(reportedUntil(now, ...owners)).toBe(expected)
})

test.each(['credentials_missing', 'credentials_ambiguous', 'upgrade_refused', 'body_too_large'] as const)(
  '%s is never let through',
  (reason) => {
    expect(reportedAs({ reason }, 9, until(10))).toBeUndefined()
  },
)
