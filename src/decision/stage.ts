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

/** What came out, with everything that was learned on the way: the decision log and `explain` read it there. */
export type Decision<Known> =
  | { readonly allowed: true; readonly known: Known }
  | {
      readonly allowed: false
      readonly denial: Denial
      readonly step: StepName
      readonly known: Partial<Known>
    }

type Next<At, Learns> = Stage<NoInfer<At>, Learns>

/**
 * Puts stages in a row. The first denial ends the row. No promise is made unless a stage makes one.
 *
 * @returns a function that takes what the first stage needs
 */
export function chain<A extends object, B, C, D, E, F, G, H, I, J>(
  s1: Stage<A, B>,
  s2: Next<A & B, C>,
  s3: Next<A & B & C, D>,
  s4: Next<A & B & C & D, E>,
  s5: Next<A & B & C & D & E, F>,
  s6: Next<A & B & C & D & E & F, G>,
  s7: Next<A & B & C & D & E & F & G, H>,
  s8: Next<A & B & C & D & E & F & G & H, I>,
  s9: Next<A & B & C & D & E & F & G & H & I, J>,
): (at: A) => Awaitable<Decision<A & B & C & D & E & F & G & H & I & J>>
export function chain(...stages: Stage<object, unknown>[]): (at: object) => Awaitable<Decision<object>> {
  return (at) => advance(stages, 0, { ...at })
}

function advance(
  stages: readonly Stage<object, unknown>[],
  from: number,
  known: object,
): Awaitable<Decision<object>> {
  for (let at = from; at < stages.length; at++) {
    const stage = stages[at]
    if (stage === undefined) break
    const outcome = stage.run(known)
    if (outcome instanceof Promise) {
      return outcome.then((settled) => settle(stage, settled, known) ?? advance(stages, at + 1, known))
    }
    const denied = settle(stage, outcome, known)
    if (denied) return denied
  }
  return { allowed: true, known }
}

function settle(
  stage: Stage<object, unknown>,
  outcome: Result<unknown, Denial>,
  known: object,
): Decision<object> | undefined {
  if (!outcome.ok) return { allowed: false, denial: outcome.error, step: stage.name, known }
  Object.assign(known, outcome.value)
  return undefined
}
