import type { ClientConfig } from '../../src/clients/config.ts'

/** A client of the first upstream whose id is its name, and whose one secret has its name for a hash. */
export const clientConfig = (name: string, changes: Partial<ClientConfig> = {}): ClientConfig => ({
  name,
  upstreams: [0],
  clientId: name,
  enabled: true,
  features: [],
  lists: { allow: 'any', deny: { v4: [], v6: [] } },
  secrets: [{ sha256: name, expires: Number.POSITIVE_INFINITY }],
  ...changes,
})
