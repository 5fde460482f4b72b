/** Keys of token issuers over the network. What is kept, and for how long, is in authentication/remote-keys.ts. */
import { waitUntil } from 'cloudflare:workers'
import { type KeyFinder, keyFinder } from '../authentication/keys.ts'
import type { Variable } from './env.ts'
import { issuerFetch } from './issuer-fetch.ts'

/** Make it once for an isolate: it holds the sets that were fetched. */
export const issuerKeys = (variable: Variable): KeyFinder =>
  keyFinder({
    variable,
    fetchSet: (uri) =>
      issuerFetch(uri, { method: 'GET', headers: { accept: 'application/jwk-set+json, application/json' } }),
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    keepAlive: waitUntil,
  })
