import type { LimiterObject } from './limiter-object.ts'

/** What the Worker is given: the limiter's objects, and the variables that the policy's origins name. */
export type Env = {
  readonly LIMITER: DurableObjectNamespace<LimiterObject>
  readonly [variable: string]: unknown
}
