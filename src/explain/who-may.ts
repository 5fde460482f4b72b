/** Which callers would be let through: each is tried, from an address that its own lists admit. */
import type { IpAddress } from '../base/address.ts'
import type { ClientConfig } from '../clients/config.ts'
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
  const address = from ?? admittedAddress(listsFor(client, route, trial.policy))
  return (await trial.decide(request, sent, address)).allowed
}

/** All lists that an address is held against on this route: the upstream's, the route's, the client's. */
export function listsFor(
  client: ClientConfig | undefined,
  route: RouteConfig,
  policy: CompiledPolicy,
): readonly AddressLists[] {
  const ofClient = route.respectsAllowList ? client?.lists : undefined
  return [policy.upstreams[route.upstream]?.lists, route.lists, ofClient].filter(
    (lists) => lists !== undefined,
  )
}

function tokensFor({ auth, token }: RouteConfig, callers: NonNullable<Met['callers']>): string | undefined {
  if (auth !== 'token') return undefined
  const whose = token === 'upstream' ? 'any token that the upstream accepts' : `a token of ${token ?? ''}`
  if (callers.kind !== 'any_of') return whose
  return callers.scopes.length === 0 ? undefined : `${whose} with scope ${callers.scopes.join(' or ')}`
}
