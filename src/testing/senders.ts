/** The client, the address and the token behind a case's sender. */
import type { IpAddress } from '../base/address.ts'
import type { ClientConfig } from '../clients/config.ts'
import type { AddressLists, Ranges } from '../network/config.ts'
import type { CompiledPolicy } from '../policy/model.ts'
import type { Callers, RouteConfig } from '../routing/config.ts'
import { admittedAddress, only } from './addresses.ts'
import type { Sender } from './cases.ts'
import type { Who } from './credentials.ts'

/** What the request meets, as far as the decision function gets without credentials. */
export type Met = { readonly route?: RouteConfig | undefined; readonly callers?: Callers | undefined }

/** `client` is a client of the policy, or one that exists for this case only. */
export type Cast = Omit<Who, 'client'> & {
  readonly client: ClientConfig | undefined
  readonly address: IpAddress | undefined
}

export function castOf(sender: Sender, met: Met, policy: CompiledPolicy): Cast {
  switch (sender.kind) {
    case 'written': {
      const { client: name, from, token, scopes } = sender.caller
      const client =
        name === undefined ? bearerOf(scopes, met, policy) : policy.clients.find((each) => each.name === name)
      return { client, address: from?.address, token, scopes }
    }
    case 'holder':
      return holder(sender.feature, met, policy)
    case 'listed':
      return listed(sender.from, met, policy)
  }
}

const nothing: Ranges = { v4: [], v6: [] }
const anywhere: AddressLists = { allow: 'any', deny: nothing }

/**
 * A test that says scopes and no client is about the scopes. Where tokens name their client, one that exists for
 * this case only brings them: a pack, which ships without clients, can be tested too.
 */
function bearerOf(
  scopes: readonly string[] | undefined,
  { route }: Met,
  policy: CompiledPolicy,
): ClientConfig | undefined {
  const issuer = policy.tokens.find(({ name }) => name === route?.token)
  const namesClient = issuer?.clientIdClaim !== undefined
  return scopes !== undefined && namesClient ? invented('any client', route, [], anywhere) : undefined
}

const holder = (feature: string, { route }: Met, policy: CompiledPolicy): Cast => ({
  client: invented(`any ${feature} client`, route, [feature], anywhere),
  address: admittedAddress(networksOf(route, policy)),
  token: undefined,
  scopes: undefined,
})

/** Has what is enough for the method, so that nothing but the address can be in the way. */
function listed(from: 'inside' | 'outside', { route, callers }: Met, policy: CompiledPolicy): Cast {
  const networks = networksOf(route, policy)
  const home = admittedAddress(networks)
  const needs = callers?.kind === 'any_of' ? callers : { features: [], scopes: [] }
  const features = needs.features.slice(0, 1)
  const name = `any ${[...features, 'client'].join(' ')}`
  return {
    client: invented(name, route, features, { allow: only(home), deny: nothing }),
    address: from === 'inside' ? home : admittedAddress(networks, home),
    token: undefined,
    // Not undefined: where tokens name no client, these make the caller send one at all.
    scopes: needs.scopes.slice(0, 1),
  }
}

/** The upstream's and the route's own lists, which are no part of what a table is about. */
function networksOf(route: RouteConfig | undefined, policy: CompiledPolicy): readonly AddressLists[] {
  const ofUpstream = route && policy.upstreams[route.upstream]?.lists
  return [ofUpstream, route?.lists].filter((lists) => lists !== undefined)
}

/** Its id has blanks, as no vendor's has, and no colon, where Basic would cut it. Clients that differ have different ones. */
const invented = (
  name: string,
  route: RouteConfig | undefined,
  features: readonly string[],
  lists: AddressLists,
): ClientConfig => ({
  name,
  upstreams: route === undefined ? [] : [route.upstream],
  clientId: `policy test ${encodeURIComponent(JSON.stringify([name, route?.upstream, lists]))}`,
  enabled: true,
  features,
  lists,
  secrets: [],
})
