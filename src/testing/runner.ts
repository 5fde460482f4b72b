/** Runs policy tests through the gateway's own decision function, with stand-ins for what a test cannot have. */
import { memoryLedger } from '../authentication/memory-ledger.ts'
import type { AuthenticationPorts } from '../authentication/stage.ts'
import { ok } from '../base/result.ts'
import type { Millis } from '../base/time.ts'
import type { ClientConfig } from '../clients/config.ts'
import { policyRegistry } from '../clients/memory.ts'
import type { Facts } from '../decision/facts.ts'
import { type Decide, decider, type RouteDecision } from '../pipeline.ts'
import type { CompiledPolicy } from '../policy/model.ts'
import type { PolicyTest, TestRequest } from '../policy/test-case.ts'
import type { Limiter } from '../ratelimit/limiter.ts'
import { TEST_SECRET } from './basic-header.ts'
import { type Case, type Check, casesOf, type Expected } from './cases.ts'
import { credentialsOf } from './credentials.ts'
import { ANY_HOST } from './reach.ts'
import { castOf, type Met } from './senders.ts'
import { type TokenMaker, tokenMaker } from './tokens.ts'

export type CaseResult = {
  readonly case: Case
  readonly passed: boolean
  /** The check that failed, else the last one. */
  readonly check: Check
  readonly decision: RouteDecision
  /** What the request meets, whoever sends it. */
  readonly met: Met
}

export type PolicyRunner = {
  /** The outcome of every checked line or cell, in the order of the file. */
  readonly run: (test: PolicyTest) => Promise<readonly CaseResult[]>
}

/** All tests take place at this instant, so that no run depends on the day it is made on. */
export const TEST_NOW: Millis = Date.parse('2026-01-01T00:00:00Z')

/** Makes the decision function once; each case is then a few calls of it. */
export function policyRunner(policy: CompiledPolicy): PolicyRunner {
  const tokens = tokenMaker(TEST_NOW)
  const extras = new Map<string, ClientConfig>()
  const copy: CompiledPolicy = {
    ...policy,
    tokens: policy.tokens.map(tokens.trusting),
    clients: policy.clients.map(tokens.trustingClient),
  }
  const decide = decider(copy, { ...standIns(copy, extras, tokens), limiter: unlimited })
  const stage: Stage = { policy: copy, decide, tokens, extras }
  return {
    run: async (test) => {
      const results: CaseResult[] = []
      for (const each of casesOf(test)) results.push(await resultOf(each, stage))
      return results
    },
  }
}

type Stage = {
  readonly policy: CompiledPolicy
  readonly decide: Decide
  readonly tokens: TokenMaker
  /** Clients that exist for a case only, by id. */
  readonly extras: Map<string, ClientConfig>
}

function standIns(
  policy: CompiledPolicy,
  extras: ReadonlyMap<string, ClientConfig>,
  tokens: TokenMaker,
): AuthenticationPorts {
  const registry = policyRegistry(policy.clients)
  return {
    registry: {
      find: (upstream, clientId) => {
        const extra = extras.get(clientId)
        return extra?.upstreams.includes(upstream) ? extra : registry.find(upstream, clientId)
      },
    },
    // The dates of the clients' own secrets are left to `lint`: a test must not fail because a day has passed.
    checkSecret: (secret) => secret === TEST_SECRET,
    keys: tokens.keys,
    assertions: memoryLedger(),
    introspect: tokens.introspect,
  }
}

/** One request cannot know how many came before it. */
const unlimited: Limiter = {
  take: ([charge]) => {
    const { group = '', quota } = charge ?? {}
    const limit = quota?.burst ?? 1
    return { admitted: true, standing: { group, limit, remaining: limit, resetMs: 0, parts: [] } }
  },
}

async function resultOf(each: Case, stage: Stage): Promise<CaseResult> {
  const probe = await stage.decide(factsOf(each.request))
  const { route, callers } = probe.known
  const met = { route, callers }
  const [first, ...others] = each.checks
  let result = await checked(first, each, met, stage)
  for (const check of others) {
    if (result.passed) result = await checked(check, each, met, stage)
  }
  return result
}

async function checked(check: Check, each: Case, met: Met, stage: Stage): Promise<CaseResult> {
  const { policy, tokens, decide, extras } = stage
  const cast = castOf(check.sender, met, policy)
  if (cast.client && !policy.clients.includes(cast.client)) extras.set(cast.client.clientId, cast.client)
  const sent = await credentialsOf(cast, met.route, policy, tokens)
  const plain = factsOf(each.request)
  const decision = await decide({
    ...plain,
    address: cast.address,
    authorization: sent.authorization,
    query: [plain.query, sent.query].filter(Boolean).join('&'),
    body: () => ok(sent.body),
    clientCertificate: sent.certificate,
  })
  return { case: each, passed: isAsExpected(decision, check.expected), check, decision, met }
}

const factsOf = ({ method, host, path, query }: TestRequest): Facts => ({
  method,
  host: host ?? ANY_HOST,
  rawPath: path,
  query,
  address: undefined,
  authorization: undefined,
  body: () => ok(undefined),
  upgrade: undefined,
  now: TEST_NOW,
})

function isAsExpected(decision: RouteDecision, expected: Expected): boolean {
  if (decision.allowed || expected === 'allowed') return decision.allowed && expected === 'allowed'
  const { denial, step } = decision
  return denial.reason === expected.reason && step === (expected.step ?? step)
}
