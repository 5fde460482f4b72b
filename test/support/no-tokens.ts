import type { TokenPorts } from '../../src/authentication/token-check.ts'
import { fail } from '../../src/base/result.ts'

/** For tests that are not about tokens: no issuer can be reached. */
export const noTokens: TokenPorts = {
  keys: async () => fail({ kind: 'unavailable', why: 'no keys in this test' }),
  introspect: async () => fail('no introspection in this test'),
}
