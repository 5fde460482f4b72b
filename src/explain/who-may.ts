/** Which callers would be let through: each is tried, from an address that its own lists admit. */
import type { IpAddress } from '../base/address.ts'
import type { Millis } from '../base/time.ts'
import type { ClientConfig } from '../clients/config.ts'
import { reportedUntil } from '../decision/report-only.ts'
import type { AddressLists } from '../network/config.ts'
import type { CompiledPolicy } from '../policy/model.ts'
import type { RouteConfig } from '../routing/config.ts'
import { admittedAddress } from '../testing/addresses.ts'
import type { Met } from '../testing/senders.ts'
import type { RequestLine, Trial } from '../testing/trial.ts'

export type WhoMay = {
  /** Names of API clients, in the order of the policy. */
  readonly clients: readonly string[]
  /** A token that is enough whoever brings it, or with the scopes it needs. */
  readonly tokens: string | undefined
}

/** @param from - undefined to try each client from an address of its own */
export async function whoMay(
  trial: Trial,
  request: RequestLine,
  { route, callers }: Met,
  from: IpAddress | undefined,
): Promise<WhoMay> {
  if (route === undefined || callers === undefined) return { clients: [], tokens: undefined }
  const answers = new Map<string, boolean>()
  const clients: string[] = []
  for (const client of trial.policy.clients.filter(({ upstreams }) => upstreams.includes(route.upstream))) {
    const kind = kindOf(client)
    const answer = answers.get(kind) ?? (await isLetIn(client, trial, request, route, from))
    answers.set(kind, answer)
    if (answer) clients.push(client.name)
  }
  return { clients, tokens: tokensFor(route, callers) }
}

/** Clients that differ in nothing else than name, id and secret are let in alike. */
const kindOf = ({ name, clientId, secrets, assertion, ...rest }: ClientConfig): string =>
  JSON.stringify([rest, typeof secrets === 'string' ? secrets : 'hashes', assertion?.audience])

async function isLetIn(
  client: ClientConfig,
  trial: Trial,
  request: RequestLine,
  route: RouteConfig,
  from: IpAddress | undefined,
): Promise<boolean> {
  const sent = await trial.credentials({ client, token: undefined, scopes: undefined }, route)
  const address = from ?? admittedAddress(listsNow(client, route, trial))
  return (await trial.decide(request, sent, address)).allowed
}

/** Lists that an address is held against, and at which step. */
export type AskedLists = {
  readonly step: 'network' | 'address'
  readonly lists: AddressLists
  /** Until when they are only tried out. */
  readonly until: Millis | undefined
}

/** All lists that are asked on this route, in their order: the upstream's, the route's, the client's. */
export function asksOf(
  client: ClientConfig | undefined,
  route: RouteConfig,
  policy: CompiledPolicy,
  now: Millis,
): readonly AskedLists[] {
  const ofRoute = reportedUntil(now, route)
  const ofClient = route.respectsAllowList ? client : undefined
  const found = [
    { step: 'network', lists: policy.upstreams[route.upstream]?.lists, until: undefined },
    { step: 'network', lists: route.lists, until: ofRoute },
    { step: 'address', lists: ofClient?.lists, until: reportedUntil(now, route, ofClient ?? {}) },
  ] as const
  return found.flatMap(({ lists, ...rest }) => (lists === undefined ? [] : [{ lists, ...rest }]))
}

/** The lists that refuse somebody now. */
export const listsNow = (
  client: ClientConfig | undefined,
  route: RouteConfig,
  { policy, now }: Pick<Trial, 'policy' | 'now'>,
): readonly AddressLists[] =>
  asksOf(client, route, policy, now).flatMap(({ lists, until }) => (until === undefined ? [lists] : []))

/** An address that all of the lists admit; else one that those admit which refuse somebody now. */
export function likelyAddress(
  client: ClientConfig | undefined,
  route: RouteConfig,
  trial: Pick<Trial, 'policy' | 'now'>,
): IpAddress | undefined {
  const all = asksOf(client, route, trial.policy, trial.now).map(({ lists }) => lists)
  return admittedAddress(all) ?? admittedAddress(listsNow(client, route, trial))
}

function tokensFor({ auth, token }: RouteConfig, callers: NonNullable<Met['callers']>): string | undefined {
  if (auth !== 'token') return undefined
  const whose = token === 'upstream' ? 'any token that the upstream accepts' : `a token of ${token ?? ''}`
  if (callers.kind !== 'any_of') return whose
  return callers.scopes.length === 0 ? undefined : `${whose} with scope ${callers.scopes.join(' or ')}`
}
