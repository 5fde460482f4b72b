/** One measurement: a warm-up, then the load, with the server's CPU time before and after. */
import type { Check } from './cases.ts'
import { cpuMicros } from './cpu.ts'
import { installedTool, load, type Shot } from './load.ts'
import type { Server } from './servers.ts'

export type Effort = {
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly connections: number
}

export type Measured = {
  readonly rps: number
  /** User and system time of the server's process; NaN where there is no /proc. */
  readonly cpuMicrosPerRequest: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export const tool = installedTool()

/**
 * @param check - held against the answers of the warm-up too
 * @throws when an answer is wrong, a connection failed or the server ended: such a figure means nothing
 */
export async function measure(
  server: Server,
  shots: readonly Shot[],
  check: Check,
  effort: Effort,
): Promise<Measured> {
  const { connections, seconds, warmUpSeconds } = effort
  const shoot = async (duration: number) => {
    const loaded = await load(tool, { port: server.port, shots, connections, seconds: duration })
    const wrong = loaded.errors > 0 ? `${loaded.errors} failed connections` : check(loaded)
    if (wrong !== undefined) throw new Error(wrong)
    return loaded
  }
  if (warmUpSeconds > 0) await shoot(warmUpSeconds)
  const before = cpuMicros(server.pid)
  const loaded = await shoot(seconds)
  return {
    rps: loaded.requests / loaded.seconds,
    cpuMicrosPerRequest: (cpuMicros(server.pid) - before) / loaded.requests,
    p50Ms: loaded.p50Ms,
    p99Ms: loaded.p99Ms,
  }
}
