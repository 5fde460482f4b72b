/** One measurement: a warm-up, then the load, with the server's CPU time before and after. */
import type { Check } from './cases.ts'
import { cpuMicros } from './cpu.ts'
import { installedTool, type Load, type Loaded, load, type Shot } from './load.ts'
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

/** @throws when an answer is wrong, a connection failed or the server ended: such a figure means nothing */
export async function measure(
  server: Server,
  shots: readonly Shot[],
  check: Check,
  { connections, seconds, warmUpSeconds }: Effort,
): Promise<Measured> {
  await warmUp(server, { shots, check, connections, seconds: warmUpSeconds })
  const before = cpuMicros(server.pid)
  const loaded = await shoot(server, { shots, check, connections, seconds })
  return {
    rps: loaded.requests / loaded.seconds,
    cpuMicrosPerRequest: (cpuMicros(server.pid) - before) / loaded.requests,
    p50Ms: loaded.p50Ms,
    p99Ms: loaded.p99Ms,
  }
}

export type Round = Omit<Load, 'port'> & { readonly check: Check }

/** Most warm-ups of a server that does not answer as it should yet. */
const WARM_UPS = 5

/**
 * Loads a server until its answers are right: one that was just started may need a while for its first answer, and a
 * limit has to be used up before it refuses.
 */
export async function warmUp(server: Server, round: Round): Promise<void> {
  for (let left = WARM_UPS; round.seconds > 0 && left > 0; left--) {
    const loaded = await load(tool, { port: server.port, ...round })
    if (round.check(loaded) === undefined) return
  }
}

/** Loads a server once and looks at every answer. Throws as `measure` does. */
export async function shoot({ port }: Server, { check, ...asked }: Round): Promise<Loaded> {
  const loaded = await load(tool, { port, ...asked })
  const wrong = loaded.errors > 0 ? `${loaded.errors} failed connections` : check(loaded)
  if (wrong !== undefined) throw new Error(wrong)
  return loaded
}
