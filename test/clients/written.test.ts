import { expect, test } from 'vitest'
import type { ClientConfig } from '../../src/clients/config.ts'
import { writtenRegistry } from '../../src/clients/memory.ts'
import { clientReader, writtenClients } from '../../src/clients/written.ts'
import { clientConfig } from '../support/client-config.ts'

const secrets = [{ sha256: 'ab', expires: 1_800_000_000_000 }]
const v6 = ['20010db8'.padEnd(32, '0'), '20010db8'.padEnd(32, 'f')]

const clients: readonly ClientConfig[] = [
  clientConfig('plain', { secrets }),
  clientConfig('off', { secrets: 'none', enabled: false }),
  clientConfig('nowhere', {
    secrets: 'upstream',
    lists: { allow: { v4: [], v6: [] }, deny: { v4: [], v6: [] } },
  }),
  clientConfig('listed', {
    secrets,
    features: ['reader', 'writer'],
    lists: { allow: { v4: [1, 4_294_967_295], v6 }, deny: { v4: [2, 3], v6: [] } },
  }),
  clientConfig('quoted', { secrets, clientId: `it's "9"\\ and \u2028 é`, customScopes: [`"'`] }),
  clientConfig('of-two', { secrets, upstreams: [0, 2] }),
  clientConfig('long', {
    secrets,
    upstreams: [0, 2],
    lists: {
      allow: { v4: Array.from({ length: 2000 }, (_, at) => at * 1000), v6: [] },
      deny: { v4: [], v6: [] },
    },
  }),
  clientConfig('tried', { secrets, reportOnlyUntil: 1_800_000_000_000 }),
  clientConfig('keyed', {
    secrets: [],
    authentication: 'private_key_jwt',
    assertion: {
      keys: { uri: 'https://keys.example', staleFor: 1 },
      algorithms: ['ES256'],
      audience: ['https://gw.example'],
      singleUse: true,
      maxLifetime: 1,
      clockSkew: 1,
    },
  }),
]

const groups = writtenClients(clients)
const written: typeof groups = JSON.parse(JSON.stringify(groups))

test.each(clients)('$name is found as it was written, and once for all its upstreams', (client) => {
  const registry = writtenRegistry(written)
  const [first, ...others] = client.upstreams.map((upstream) => registry.find(upstream, client.clientId))
  expect(first).toEqual(client)
  for (const other of others) expect(other).toBe(first)
  expect(registry.find(client.upstreams[0] ?? 0, client.clientId)).toBe(first)
})

test.each([
  [1, 'plain'],
  [2, 'plain'],
  [0, 'Plain'],
  [0, 'constructor'],
])('upstream %i knows no %s', (upstream, id) => {
  expect(writtenRegistry(written).find(upstream, id)).toBeUndefined()
})

test('clients of the same upstreams stand together; those whose lists are tried out apart', () => {
  expect(groups.map(({ upstreams, triedOut, ids }) => [upstreams, triedOut, ids.length])).toEqual([
    [[0], false, 6],
    [[0, 2], false, 2],
    [[0], true, 1],
  ])
})

test('equal features are kept once', () => {
  const read = clientReader()
  const [group] = writtenClients(['a', 'b'].map((name) => clientConfig(name, { features: ['reader'] })))
  const [a, b] = (group?.texts ?? []).map(read)
  expect(a?.features).toEqual(['reader'])
  expect(b?.features).toBe(a?.features)
})

test('a long list is read at once, so that no answer takes longer for it', () => {
  const long = groups.find(({ ids }) => ids.includes('long'))
  const texts = long?.texts.map((text) => text.slice(0, -1)) ?? []
  expect(() => writtenRegistry([{ upstreams: [0], triedOut: false, ids: long?.ids ?? [], texts }])).toThrow()
})

test('a client whose text is missing or damaged is nobody', () => {
  const registry = writtenRegistry([
    { upstreams: [0], triedOut: false, ids: ['a', 'b'], texts: ["{'name':"] },
  ])
  expect(() => registry.find(0, 'a')).toThrow(SyntaxError)
  expect(() => registry.find(0, 'b')).toThrow(SyntaxError)
})
