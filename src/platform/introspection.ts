/** Questions about opaque tokens over the network (RFC 7662), with the gateway's own credentials. */
import { type Introspect, introspectionRequest } from '../authentication/opaque.ts'
import { fail } from '../base/result.ts'
import type { Variable } from './env.ts'
import { issuerFetch } from './issuer-fetch.ts'

export const issuerIntrospection =
  (variable: Variable): Introspect =>
  async (config, token) => {
    const secret = variable(config.secretEnv)
    if (secret === undefined) return fail('the secret for introspection is not set')
    const request = introspectionRequest(config, secret, token)
    const answer = await issuerFetch(config.endpoint, { method: 'POST', ...request })
    return answer.ok ? answer : fail(`introspection failed: ${answer.error}`)
  }
