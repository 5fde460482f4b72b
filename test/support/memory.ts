/** How much memory a process holds. Linux only, as workerd's own builds that tests run on. */

import type { ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'

/**
 * What a process may grow by over a test and still count as bounded: garbage that is not collected yet and buffers
 * of connections, far below the gigabytes that went through.
 */
export const SLACK_MIB = 96

/** Resident memory in MiB (`VmRSS` of proc(5)). */
export async function residentMib({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? []
  if (kib === undefined) throw new Error(`process ${pid} tells no VmRSS`)
  return Number(kib) / 1024
}

const SAMPLE_MS = 50

/** Samples a process from now on. `stop` gives the most that it held, in MiB. */
export function peakMib(process: ChildProcess): { readonly stop: () => Promise<number> } {
  let peak = 0
  const sample = async () => {
    peak = Math.max(peak, await residentMib(process))
  }
  const timer = setInterval(() => void sample(), SAMPLE_MS)
  return {
    stop: async () => {
      clearInterval(timer)
      await sample()
      return peak
    },
  }
}
