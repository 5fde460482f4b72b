/** Microseconds a decision, of many contenders in turn. */
import { allAsks, type Contender } from './contender.ts'
import type { World } from './world.ts'

export type Timed = {
  readonly contender: Contender
  /** A round each. */
  readonly micros: number[]
}

/** Decisions between two looks at the clock. */
const BATCH = 64

/** @throws when the contender decides a request of the world wrongly */
export async function mustAgree(contender: Contender, world: World): Promise<void> {
  for (const [at, ask] of allAsks(world).entries()) {
    const allowed = await contender.decide(at)
    if (allowed !== ask.allowed) throw new Error(`${contender.name} decides ${JSON.stringify(ask)} wrongly`)
  }
}

/**
 * Asks for the allowed requests in turn, for so long. A contender that answers at once is never awaited: a promise
 * would cost more than some of the decisions.
 *
 * @param asks - how many there are: a power of two
 * @returns microseconds of CPU time of this thread a decision: those of a machine that others use too
 */
export async function timeDecisions({ decide }: Contender, asks: number, ms: number): Promise<number> {
  let decisions = 0
  let at = 0
  const started = performance.now()
  const before = process.threadCpuUsage()
  while (performance.now() - started < ms) {
    for (let left = BATCH; left > 0; left--) {
      const allowed = decide(at)
      if (!(typeof allowed === 'boolean' ? allowed : await allowed))
        throw new Error('a refusal among the allowed')
      at = (at + 1) & (asks - 1)
    }
    decisions += BATCH
  }
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / decisions
}
