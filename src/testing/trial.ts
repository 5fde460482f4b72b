/** The gateway's own decision function on a policy, with stand-ins for what only a running gateway has. */
import { memoryLedger } from '../authentication/memory-ledger.ts'
import type { AuthenticationPorts } from '../authentication/stage.ts'
import type { IpAddress } from '../base/address.ts'
import { fail, ok } from '../base/result.ts'
import type { Millis } from '../base/time.ts'
import type { ClientConfig } from '../clients/config.ts'
import { policyRegistry } from '../clients/memory.ts'
import type { Facts } from '../decision/facts.ts'
import { decider, type RouteDecision } from '../pipeline.ts'
import type { CompiledPolicy } from '../policy/model.ts'
import type { Limiter } from '../ratelimit/limiter.ts'
import type { RouteConfig } from '../routing/config.ts'
import { TEST_SECRET } from './basic-header.ts'
import { credentialsOf, type Sent, type Who } from './credentials.ts'
import { ANY_HOST } from './reach.ts'
import type { Met } from './senders.ts'
import { type TokenMaker, tokenMaker } from './tokens.ts'

/** Policy tests take place at this instant, so that none depends on the day it is made on. */
export const TEST_NOW: Millis = Date.parse('2026-01-01T00:00:00Z')

/** A request without its caller. */
export type RequestLine = {
  readonly method: string
  /** Undefined for a host that no upstream is bound to. */
  readonly host: string | undefined
  readonly path: string
  readonly query: string
  readonly upgrade?: string | undefined
}

export type Trial = {
  /** The policy as it is tried: the keys of issuers and of clients that sign are the trial's own. */
  readonly policy: CompiledPolicy
  /** When its requests are sent. */
  readonly now: Millis
  /** What the request meets, whoever sends it. */
  readonly meets: (request: RequestLine) => Promise<Met>
  /** The credentials of a caller, in the place where the route looks for them. */
  readonly credentials: (who: Who, route: RouteConfig | undefined) => Promise<Sent>
  readonly decide: (
    request: RequestLine,
    sent: Sent,
    address: IpAddress | undefined,
  ) => Promise<RouteDecision>
  /** Lets in a client that the policy does not have. Its id must be nobody's. */
  readonly admit: (client: ClientConfig) => void
}

/**
 * Makes the decision function once; each trial is then one call of it.
 *
 * @param tokens - two policies that are given the same one believe each other's tokens, where issuer and audience agree.
 *   Its instant is that of the trials
 */
export function trialOf(policy: CompiledPolicy, tokens: TokenMaker = tokenMaker(TEST_NOW)): Trial {
  const extras = new Map<string, ClientConfig>()
  const copy: CompiledPolicy = {
    ...policy,
    tokens: policy.tokens.map(tokens.trusting),
    clients: policy.clients.map(tokens.trustingClient),
  }
  const { now } = tokens
  const decide = decider(copy, { ...standIns(copy, extras, tokens), limiter: unlimited })
  return {
    policy: copy,
    now,
    meets: async (request) => {
      const { route, callers } = (await decide(factsOf(request, now))).known
      return { route, callers }
    },
    credentials: (who, route) => credentialsOf(who, route, copy, tokens),
    decide: async (request, sent, address) => {
      const plain = factsOf(request, now)
      return decide({
        ...plain,
        address,
        authorization: sent.authorization,
        query: [plain.query, sent.query].filter(Boolean).join('&'),
        body: (kinds) =>
          sent.body === undefined || kinds.includes(sent.body.kind) ? ok(sent.body) : fail('other_kind'),
        clientCertificate: () => sent.certificate,
      })
    },
    admit: (client) => {
      if (!copy.clients.includes(client)) extras.set(client.clientId, client)
    },
  }
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
    hash: () => undefined,
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

const factsOf = ({ method, host, path, query, upgrade }: RequestLine, now: Millis): Facts => ({
  method,
  host: host ?? ANY_HOST,
  rawPath: path,
  query,
  address: undefined,
  authorization: undefined,
  body: () => ok(undefined),
  upgrade,
  now,
})
