/** The counted pass of a case: how often the Durable Objects are called and how many rows they write. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Case } from './cases.ts'
import type { Fleet } from './fleet.ts'
import { type Effort, type Round, shoot, warmUp } from './measure.ts'
import type { Server } from './servers.ts'
import { COUNTS_PATH, type Counts } from './workers/counts.ts'

/**
 * Loads a case on the servers that count. The warm-up's calls are not counted: what is asked for is the steady state.
 *
 * @returns the gateway's figures, and the peer's where the case has the peer
 */
export async function countCase(
  fleet: Fleet,
  { policy, shots, sides, pace, settles = 0 }: Case,
  { connections, seconds, ...effort }: Effort,
): Promise<Readonly<Partial<Record<'gateway' | 'peer', Counts>>>> {
  const warmUpSeconds = Math.max(effort.warmUpSeconds, settles)
  const counted: Partial<Record<'gateway' | 'peer', Counts>> = {}
  for (const side of ['gateway', 'peer'] as const) {
    const check = sides[side]
    if (check === undefined) continue
    const server = await fleet.counted(side, policy)
    const round = { shots, check, connections }
    const send = (duration: number) =>
      pace === undefined
        ? shoot(server, { ...round, seconds: duration })
        : shootPaced(server, { ...round, seconds: duration }, pace)
    if (pace === undefined) await warmUp(server, { ...round, seconds: warmUpSeconds })
    else await send(warmUpSeconds)
    await takeCounts(server)
    await send(seconds)
    counted[side] = await takeCounts(server)
  }
  return counted
}

/** Sends one request after the other, each at its time, whether or not those before it are answered. */
async function shootPaced({ port }: Server, { shots, seconds, check }: Round, pace: number): Promise<void> {
  const statuses = new Map<number, number>()
  const began = performance.now()
  const sent: Promise<void>[] = []
  for (let n = 0; n < seconds * pace; n++) {
    const { path, headers } = shots[n % shots.length] ?? { path: '/', headers: {} }
    await sleep(Math.max(0, began + (n * 1000) / pace - performance.now()))
    const answer = async () => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers })
      await response.arrayBuffer()
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
    }
    sent.push(answer())
  }
  await Promise.all(sent)
  const wrong = check({ statuses, requests: sent.length, seconds, errors: 0, p50Ms: 0, p99Ms: 0 })
  if (wrong !== undefined) throw new Error(wrong)
}

/** What the server has counted since it was last asked. */
async function takeCounts({ port }: Server): Promise<Counts> {
  const response = await fetch(`http://127.0.0.1:${port}${COUNTS_PATH}`)
  if (response.status !== 200) throw new Error(`the server does not count: ${response.status}`)
  const counts: Counts = JSON.parse(await response.text())
  return counts
}
