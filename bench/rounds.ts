/** All rounds of a case: each side in turn, again and again. */
import type { Case, Side } from './cases.ts'
import type { Fleet } from './fleet.ts'
import { type Effort, type Measured, measure } from './measure.ts'

/**
 * @param asked - the sides to load; those that the case does not have are left out
 * @throws when any answer is wrong, with the case and the side
 */
export async function roundsOf(
  fleet: Fleet,
  { name, policy, shots, sides, settles = 0 }: Case,
  asked: readonly Side[],
  rounds: number,
  effort: Effort,
): Promise<Readonly<Partial<Record<Side, readonly Measured[]>>>> {
  const measured: Partial<Record<Side, Measured[]>> = {}
  const patient = { ...effort, warmUpSeconds: Math.max(effort.warmUpSeconds, settles) }
  const order = asked.filter((side) => side in sides)
  for (let round = 0; round < rounds; round++) {
    // Another side starts each round, so that none always follows the same one.
    const turn = round % order.length
    for (const side of [...order.slice(turn), ...order.slice(0, turn)]) {
      const [server, check] = [await fleet.server(side, policy), sides[side]]
      if (check === undefined) continue
      const figure = await measure(server, shots, check, patient).catch((error: Error) => {
        throw new Error(`${name}, ${side}: ${error.message}`)
      })
      measured[side] = [...(measured[side] ?? []), figure]
    }
  }
  return measured
}
