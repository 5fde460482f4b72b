import type { ClientConfig } from './config.ts'
import type { ClientRegistry } from './registry.ts'
import { clientReader, type WrittenClients } from './written.ts'

/** A registry over the clients of a compiled policy, indexed once. */
export function policyRegistry(clients: readonly ClientConfig[]): ClientRegistry {
  const byUpstream: Map<string, ClientConfig>[] = []
  for (const client of clients) {
    for (const upstream of client.upstreams) clientsOf(byUpstream, upstream).set(client.clientId, client)
  }
  return { isFixed: true, find: (upstream, clientId) => byUpstream[upstream]?.get(clientId) }
}

/**
 * A text up to this length is read in some 20 µs, once in an isolate: nobody outside can tell from a single answer whether
 * that was spent (threat T13). Longer ones, with lists of hundreds of networks, are read at once.
 */
const LONGEST_UNREAD = 4096

/** The same over clients as they are written. Whoever is asked for takes the place of its text. */
export function writtenRegistry(groups: readonly WrittenClients[]): ClientRegistry {
  const byUpstream: Map<string, ClientConfig | string>[] = []
  const read = clientReader()
  for (const { upstreams, ids, texts } of groups) {
    const found = texts.map((text) => (text.length > LONGEST_UNREAD ? read(text) : text))
    for (const upstream of upstreams) {
      const clients = clientsOf(byUpstream, upstream)
      ids.forEach((id, at) => {
        clients.set(id, found[at] ?? '')
      })
    }
  }
  return {
    isFixed: true,
    find: (upstream, clientId) => {
      const found = byUpstream[upstream]?.get(clientId)
      if (typeof found !== 'string') return found
      const client = read(found)
      for (const each of client.upstreams) clientsOf(byUpstream, each).set(clientId, client)
      return client
    },
  }
}

function clientsOf<Client>(byUpstream: Map<string, Client>[], upstream: number): Map<string, Client> {
  const known = byUpstream[upstream] ?? new Map<string, Client>()
  byUpstream[upstream] = known
  return known
}
