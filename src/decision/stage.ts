/** The steps of a decision and how they are put in a row. Knows no stage. */
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
 * One step. It names the slice of what is known that it needs and what it adds; `chain` then refuses, at
 * compile time, an order in which something is needed before it is learned.
 * `run` is a property and not a method: methods are checked too loosely for that.
 */
export type Stage<Needs, Learns> = {
  readonly name: StepName
  readonly run: (at: Needs) => Awaitable<Result<Learns, Denial>>
}
