/** The steps of a decision, and what comes out. `pipeline.ts` puts them in a row. */
import type { Awaitable, Result } from '../base/result.ts'
import type { Denial } from './denial.ts'

export const steps = [
  'path',
  'route',
  'method',
  'network',
  'credentials',
  'address',
  'features',
  'rate',
] as const

/** `network` is the upstream's and the route's own lists; `address` is the client's. */
export type StepName = (typeof steps)[number]

/**
 * One step. It names the slice of what is known that it needs, and what it adds.
 * `run` is a property and not a method: methods are checked too loosely for that.
 */
export type Stage<Needs, Learns> = {
  readonly name: StepName
  readonly run: (at: Needs) => Awaitable<Result<Learns, Denial>>
}

/** A step that asks nobody, and so never waits. */
export type PlainStage<Needs, Learns> = {
  readonly name: StepName
  readonly run: (at: Needs) => Result<Learns, Denial>
}

/** What came out, with everything that was learned on the way: the decision log and `explain` read it there. */
export type Decision<Known> =
  | { readonly allowed: true; readonly known: Known }
  | {
      readonly allowed: false
      readonly denial: Denial
      readonly step: StepName
      readonly known: Partial<Known>
    }
