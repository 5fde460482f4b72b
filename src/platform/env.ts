import type { AssertionObject } from './assertion-object.ts'
import type { LimiterObject } from './limiter-object.ts'

/** What the Worker is given: the limiter's objects, and the variables that the policy's origins name. */
export type Env = {
  readonly LIMITER: DurableObjectNamespace<LimiterObject>
  readonly ASSERTIONS: DurableObjectNamespace<AssertionObject>
  readonly [variable: string]: unknown
}

/** A variable or secret of the Worker, by the name that the policy gives; undefined where it is not set. */
export type Variable = (name: string) => string | undefined

export const variablesOf =
  (env: Env): Variable =>
  (name) => {
    const value = env[name]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
