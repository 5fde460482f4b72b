/** Lines that a gateway has logged while rules were tried out, and what another policy, or another day, makes of them. */
import { expect, test } from 'vitest'
import { logLine } from '../../src/audit/event.ts'
import type { CompiledPolicy } from '../../src/policy/model.ts'
import { type LoggedDecision, loggedDecision } from '../../src/replay/log.ts'
import { replayOf } from '../../src/replay/replay.ts'
import { usageOf } from '../../src/replay/unused.ts'
import { testApp } from '../support/app.ts'
import { basic } from '../support/facts.ts'
import { trialPolicy } from '../support/trial-policy.ts'

const tried = await trialPolicy('report_only: { until: 2027-02-01 }')
const enforced = await trialPolicy('')
const BEFORE = Date.parse('2027-01-20T00:00:00Z')
const AFTER = Date.parse('2027-02-02T00:00:00Z')

const requests = [
  ['/api/tried', 'acme', '192.0.2.9'],
  ['/api/tried', 'acme', '203.0.113.9'],
  ['/api/tried', 'plain', '192.0.2.9'],
  ['/api/plain', 'moving', '203.0.113.9'],
] as const

async function linesBy(policy: CompiledPolicy): Promise<readonly LoggedDecision[]> {
  const app = testApp(
    { ...policy, decisionLog: { allowed: 1, clientAddress: 'full' } },
    { now: () => BEFORE },
  )
  for (const [path, client, from] of requests) {
    await app.request(path, {
      headers: { authorization: basic(client, 'secret'), 'cf-connecting-ip': from },
    })
  }
  return app.logged.flatMap((event) => loggedDecision(logLine(event)) ?? [])
}

async function replayed(lines: readonly LoggedDecision[], policy: CompiledPolicy, now: number) {
  const run = replayOf(policy, undefined, now)
  for (const line of lines) await run.take(line)
  return run
    .groups()
    .map(({ verdict, client, path, before, after }) => `${verdict} ${client} ${path}: ${before} -> ${after}`)
}

test('the policy itself sums up what its trials would deny', async () => {
  expect(await replayed(await linesBy(tried), tried, BEFORE)).toEqual([
    'would_deny acme /api/tried: allowed (would_deny address_not_allowed) -> allowed (would_deny address_not_allowed)',
    'would_deny plain /api/tried: allowed (would_deny feature_missing) -> allowed (would_deny feature_missing)',
    'would_deny moving /api/plain: allowed (would_deny address_not_allowed) -> allowed (would_deny address_not_allowed)',
    'unchanged acme /api/tried: allowed -> allowed',
  ])
})

test.each([
  ['without the trials', enforced, BEFORE],
  ['once they are over', tried, AFTER],
])('the same lines %s', async (_, policy, now) => {
  expect(await replayed(await linesBy(tried), policy, now)).toEqual([
    'newly_denied acme /api/tried: allowed (would_deny address_not_allowed) -> address_not_allowed',
    'newly_denied plain /api/tried: allowed (would_deny feature_missing) -> feature_missing',
    'newly_denied moving /api/plain: allowed (would_deny address_not_allowed) -> address_not_allowed',
    'unchanged acme /api/tried: allowed -> allowed',
  ])
})

test('a trial opens what was denied', async () => {
  expect(await replayed(await linesBy(enforced), tried, BEFORE)).toEqual([
    'newly_allowed plain /api/tried: feature_missing -> allowed (would_deny feature_missing)',
    'newly_allowed moving /api/plain: address_not_allowed -> allowed (would_deny address_not_allowed)',
    // Who called is not in the log of a denial before the credentials.
    'unknown undefined /api/tried: address_not_allowed -> the line does not say who called',
    'unchanged acme /api/tried: allowed -> allowed',
  ])
})

test('whoever was let in by a trial alone has used no grant', async () => {
  const lines = await linesBy(tried)
  const unused = (some: readonly LoggedDecision[]): boolean => {
    const usage = usageOf(tried)
    for (const line of some) usage.take(line)
    return usage.unused().some(({ route, to }) => route === 'api/tried' && to === 'owner')
  }
  expect(unused(lines)).toBe(false)
  expect(unused(lines.filter(({ client }) => client === 'plain'))).toBe(true)
})

test('what of a line is no report is left out', () => {
  const line = (told: unknown) =>
    loggedDecision(
      JSON.stringify({
        request_id: 'r',
        policy: 'p',
        decision: 'allowed',
        method: 'GET',
        path: '/',
        would_deny: told,
      }),
    )?.wouldDeny
  const report = { reason: 'feature_missing', step: 'features', until: '2027-02-01' }
  expect(line([report, null, 'x', { reason: 'feature_missing' }])).toEqual([{ ...report, why: undefined }])
  expect(line('feature_missing')).toEqual([])
})
