/**
 * A logged decision, taken again by another policy. A line says less than the request did: the pattern and not the
 * path, often only the network of the address, neither credentials nor scopes. Everything that the line leaves open is
 * tried; where the answers differ, the outcome is unknown and never guessed.
 */
import type { IpAddress } from '../base/address.ts'
import type { ClientConfig } from '../clients/config.ts'
import type { Reason } from '../decision/denial.ts'
import { reportedIn } from '../decision/report-only.ts'
import { firstAddress, firstCommon, piecesOf, setsOf } from '../network/pieces.ts'
import type { RouteConfig } from '../routing/config.ts'
import type { Sent } from '../testing/credentials.ts'
import type { RequestLine, Trial } from '../testing/trial.ts'
import type { LoggedDecision } from './log.ts'
import type { RequestsOf } from './paths.ts'

export type Redecided =
  /** `wouldDeny`: the reason for which it would be denied, and is not while a rule is only tried out. */
  | { readonly outcome: 'allowed'; readonly wouldDeny?: string }
  | { readonly outcome: 'denied'; readonly reason: string }
  | { readonly outcome: 'unknown'; readonly why: string }

const unknown = (why: string): Redecided => ({ outcome: 'unknown', why })

/**
 * @param trial - of the policy that decides now
 * @param askedBefore - the route by which the line was decided, where that policy is known. Without it, the caller is
 *   taken to send what the route asks for now
 */
export async function redecide(
  line: LoggedDecision,
  trial: Trial,
  requestsOf: RequestsOf,
  askedBefore?: RouteConfig,
): Promise<Redecided> {
  const requests = requestsOf(line)
  if (requests === undefined) return unknown('the path is cut off in the log')
  const answers = new Map<string, Redecided>()
  for (const request of requests) {
    const answer = await decided(line, request, trial, askedBefore)
    answers.set(JSON.stringify(answer), answer)
  }
  const [first, ...others] = answers.values()
  if (first === undefined) return unknown('no path of the pattern is a request')
  return others.length === 0
    ? first
    : unknown('the log has the pattern, and its paths are decided differently')
}

async function decided(
  line: LoggedDecision,
  request: RequestLine,
  trial: Trial,
  askedBefore: RouteConfig | undefined,
): Promise<Redecided> {
  const { route, callers } = await trial.meets(request)
  // Refused before anything else of the request matters.
  if (route === undefined || callers === undefined) return answerTo(request, {}, undefined, trial)
  const caller = isAskedAlike(askedBefore, route) ? callerOf(line, route, trial) : otherCredentials
  const addresses = addressesOf(line, route, caller.client, trial)
  if (caller.kind === 'unknown') return beforeCredentials(request, addresses, caller.why, trial)
  const plain = await forAddresses(request, caller, addresses, route, trial)
  if (!scopesMatter(plain, line, route, callers)) return limitsAside(plain, line)
  return unknown('the scopes of the token are not in the log')
}

type Caller =
  | { readonly kind: 'known'; readonly client: ClientConfig | undefined; readonly hasToken: boolean }
  | { readonly kind: 'unknown'; readonly client: undefined; readonly why: string }

const otherCredentials: Caller = {
  kind: 'unknown',
  client: undefined,
  why: 'the route asked for other credentials then',
}

/** Whoever sends nothing, or a token that only the upstream looks at, cannot send the wrong one. */
const isAskedAlike = (before: RouteConfig | undefined, { auth, token }: RouteConfig): boolean =>
  before === undefined ||
  auth === 'none' ||
  (auth === before.auth && (token === before.token || token === 'upstream'))

/** Who sent it, as far as the line tells. A name that the policy does not have is a client that it does not have. */
function callerOf(
  { client: name, decision, reason, step }: LoggedDecision,
  route: RouteConfig,
  { policy }: Trial,
): Caller {
  const known = { kind: 'known', client: undefined, hasToken: false } as const
  if (route.auth === 'none') return known
  if (name !== undefined) {
    const client = policy.clients.find((each) => each.name === name)
    return { ...known, client: client ?? gone(name, route), hasToken: route.auth === 'token' }
  }
  if (reason === 'credentials_missing') return known
  if (decision === 'allowed' && route.auth === 'token') return { ...known, hasToken: true }
  const why =
    step === 'credentials'
      ? 'the credentials that were refused are not in the log'
      : 'the line does not say who called'
  return { kind: 'unknown', client: undefined, why }
}

/** A client with an id that is nobody's. */
const gone = (name: string, { upstream }: RouteConfig): ClientConfig => ({
  name,
  upstreams: [upstream],
  clientId: `no client ${encodeURIComponent(name)}`,
  enabled: true,
  features: [],
  lists: { allow: 'any', deny: { v4: [], v6: [] } },
  secrets: [],
})

/** One address of each sort that the lists tell apart among those that the line may mean. */
function addressesOf(
  { address }: LoggedDecision,
  route: RouteConfig,
  client: ClientConfig | undefined,
  { policy }: Trial,
): readonly (IpAddress | undefined)[] {
  const lists = [policy.upstreams[route.upstream]?.lists, route.lists, client?.lists]
  const pieces = piecesOf(lists.flatMap((each) => (each === undefined ? [] : setsOf(each))))
  if (address === undefined) return [undefined, ...pieces.map(firstAddress)]
  return pieces.flatMap((piece) => firstCommon(piece, address) ?? [])
}

async function forAddresses(
  request: RequestLine,
  { client, hasToken }: Extract<Caller, { kind: 'known' }>,
  addresses: readonly (IpAddress | undefined)[],
  route: RouteConfig,
  trial: Trial,
): Promise<Redecided> {
  const token = client === undefined && hasToken ? route.token : undefined
  const answers = new Map<string, Redecided>()
  for (const address of addresses) {
    const sent = await trial.credentials({ client, token, scopes: undefined }, route)
    const answer = await answerTo(request, sent, address, trial)
    answers.set(JSON.stringify(answer), answer)
  }
  const [first, ...others] = answers.values()
  if (first === undefined || others.length > 0) return unknown('a list cuts the network that the log has')
  return first
}

/** What can be said of a caller whom nobody knows: only what is decided before the credentials are read. */
async function beforeCredentials(
  request: RequestLine,
  addresses: readonly (IpAddress | undefined)[],
  why: string,
  trial: Trial,
): Promise<Redecided> {
  const reasons = new Set<Reason | undefined>()
  for (const address of addresses) {
    const decision = await trial.decide(request, {}, address)
    reasons.add(!decision.allowed && decision.step === 'network' ? decision.denial.reason : undefined)
  }
  const [reason, ...others] = reasons
  return reason === undefined || others.length > 0 ? unknown(why) : { outcome: 'denied', reason }
}

async function answerTo(
  request: RequestLine,
  sent: Sent,
  address: IpAddress | undefined,
  trial: Trial,
): Promise<Redecided> {
  const decision = await trial.decide(request, sent, address)
  if (!decision.allowed) return { outcome: 'denied', reason: decision.denial.reason }
  const [report] = reportedIn(decision.known)
  return report === undefined
    ? { outcome: 'allowed' }
    : { outcome: 'allowed', wouldDeny: report.denial.reason }
}

/** Denied for a scope, now or once a trial is over, with a token whose scopes the log does not have. */
function scopesMatter(
  answer: Redecided,
  line: LoggedDecision,
  route: RouteConfig,
  callers: RouteConfig['callers'][string],
): boolean {
  if (answer.outcome === 'unknown') return false
  const reason = answer.outcome === 'denied' ? answer.reason : answer.wouldDeny
  const logged = line.reason ?? line.wouldDeny[0]?.reason
  const lacks = reason === 'scope_missing' || reason === 'feature_missing'
  const named = callers.kind === 'any_of' && callers.scopes.length > 0
  return lacks && named && route.auth === 'token' && logged !== reason
}

/** What was limited then may be within its limit now, and nobody counted for this policy. */
function limitsAside(answer: Redecided, { reason }: LoggedDecision): Redecided {
  const wasLimited = reason === 'rate_limited' || reason === 'limiter_unavailable'
  return wasLimited && answer.outcome === 'allowed' ? unknown('limits cannot be counted again') : answer
}
