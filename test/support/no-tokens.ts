import type { ClientPorts } from '../../src/authentication/client.ts'
import { memoryLedger } from '../../src/authentication/memory-ledger.ts'
import type { TokenPorts } from '../../src/authentication/token-check.ts'
import { fail } from '../../src/base/result.ts'
import { hash } from './hash.ts'

/** For tests that are not about tokens: no issuer can be reached, and assertions are remembered by the process. */
export const noTokens: TokenPorts & Pick<ClientPorts, 'assertions'> = {
  assertions: memoryLedger(),
  hash,
  keys: async () => fail({ kind: 'unavailable', why: 'no keys in this test' }),
  introspect: async () => fail('no introspection in this test'),
}
