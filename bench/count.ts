/** The counted pass of a case: how often the Durable Objects are called and how many rows they write. */
import type { Case } from './cases.ts'
import type { Fleet } from './fleet.ts'
import { type Effort, shoot, warmUp } from './measure.ts'
import type { Server } from './servers.ts'
import { COUNTS_PATH, type Counts } from './workers/counts.ts'

/**
 * Loads a case on the servers that count. The warm-up's calls are not counted: what is asked for is the steady state.
 *
 * @returns the gateway's figures, and the peer's where the case has the peer
 */
export async function countCase(
  fleet: Fleet,
  { policy, shots, sides }: Case,
  effort: Effort,
): Promise<Readonly<Partial<Record<'gateway' | 'peer', Counts>>>> {
  const counted: Partial<Record<'gateway' | 'peer', Counts>> = {}
  for (const side of ['gateway', 'peer'] as const) {
    const check = sides[side]
    if (check === undefined) continue
    const server = await fleet.counted(side, policy)
    const round = { shots, check, connections: effort.connections }
    await warmUp(server, { ...round, seconds: effort.warmUpSeconds })
    await takeCounts(server)
    await shoot(server, { ...round, seconds: effort.seconds })
    counted[side] = await takeCounts(server)
  }
  return counted
}

/** What the server has counted since it was last asked. */
async function takeCounts({ port }: Server): Promise<Counts> {
  const response = await fetch(`http://127.0.0.1:${port}${COUNTS_PATH}`)
  if (response.status !== 200) throw new Error(`the server does not count: ${response.status}`)
  return (await response.json()) as Counts
}
