/** What one writes first: routes and list entries one after the other, addresses by `ipaddr.js`. */
import ipaddr from 'ipaddr.js'
import { allAsks, type Contender } from './contender.ts'
import { dotted, type World } from './world.ts'

export function linearContender(world: World): Contender {
  const routes = world.routes.map(({ pattern, feature }) => ({ segments: pattern.split('/'), feature }))
  const clients = new Map(
    world.clients.map(({ id, features, networks }) => [
      id,
      { features, networks: networks.map(([from]) => ipaddr.IPv4.parseCIDR(`${dotted(from)}/31`)) },
    ]),
  )
  const prepared = allAsks(world).map(({ path, client, address }) => ({
    path,
    id: world.clients[client]?.id ?? '',
    address: ipaddr.IPv4.parse(dotted(address)),
  }))
  return {
    name: 'linear',
    decide: (at) => {
      const ask = prepared[at]
      if (ask === undefined) return false
      const sent = ask.path.split('/')
      const route = routes.find(({ segments }) => matches(segments, sent))
      const client = clients.get(ask.id)
      if (route === undefined || client === undefined) return false
      return (
        client.networks.some((network) => ask.address.match(network)) &&
        client.features.includes(route.feature)
      )
    },
  }
}

const matches = (pattern: readonly string[], sent: readonly string[]): boolean =>
  pattern.length === sent.length &&
  pattern.every((segment, at) => segment.startsWith('{') || segment === sent[at])
