import type { ClientConfig } from './config.ts'
import type { ClientRegistry } from './registry.ts'

/** A registry over the clients of a compiled policy, indexed once. */
export function policyRegistry(clients: readonly ClientConfig[]): ClientRegistry {
  const byUpstream: Map<string, ClientConfig>[] = []
  for (const client of clients) {
    for (const upstream of client.upstreams) {
      const known = byUpstream[upstream] ?? new Map<string, ClientConfig>()
      byUpstream[upstream] = known.set(client.clientId, client)
    }
  }
  return { isFixed: true, find: (upstream, clientId) => byUpstream[upstream]?.get(clientId) }
}
