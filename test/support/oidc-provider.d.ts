/** The part of `oidc-provider` that the tests use. The package has no types of its own. */
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http'

  export class Provider {
    /** @param configuration - see the package's docs/README.md */
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>)
    /** Whether the X-Forwarded fields say under which host and scheme the server is known. */
    proxy: boolean
    callback(): RequestListener
    readonly ClientCredentials: {
      /** @returns undefined for a token that was never issued, was revoked or has expired */
      find(token: string): Promise<object | undefined>
    }
  }
}
