/** The compiled policy, as the compiler makes it and the tools read it. How it is written is in `written.ts`. */
import type { DecisionLogConfig } from '../audit/config.ts'
import type { CredentialPlace, TokenConfig } from '../authentication/config.ts'
import type { ClientConfig } from '../clients/config.ts'
import type { FaultTable } from '../faults/config.ts'
import type { ForwardConfig } from '../forwarding/config.ts'
import type { LimiterConfig, Quota, RateGroupConfig } from '../ratelimit/config.ts'
import type { MountConfig, RouteConfig } from '../routing/config.ts'

export type UpstreamConfig = MountConfig &
  ForwardConfig & {
    readonly credentials: readonly CredentialPlace[]
    /** What a live token of a disabled client is worth. */
    readonly disabledClientTokens: 'refuse' | 'until_expiry'
    /** Index into `faultTables`, for answers where no route was found. */
    readonly faults: number
  }

export type CompiledPolicy = {
  readonly policyFormat: 1
  /** `sha256:` and the digest of everything else in this object, as canonical JSON. */
  readonly digest: string
  readonly sequence: number
  readonly decisionLog: DecisionLogConfig
  readonly failedAuth: Quota
  /** Absent where the policy says nothing of it. */
  readonly limiter?: LimiterConfig
  readonly upstreams: readonly UpstreamConfig[]
  readonly routes: readonly RouteConfig[]
  readonly clients: readonly ClientConfig[]
  readonly rateGroups: readonly RateGroupConfig[]
  readonly tokens: readonly TokenConfig[]
  readonly faultTables: readonly FaultTable[]
}
