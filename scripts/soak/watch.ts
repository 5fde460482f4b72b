/** What the system says of a process: memory, open files and time on the processor, from /proc (Linux only). */
import { readdir, readFile } from 'node:fs/promises'
import type { Millis } from '../../src/base/time.ts'

export type Usage = {
  readonly at: Millis
  /** Resident memory, in KiB. */
  readonly rss: number
  /** Of it, memory that no file stands behind: heaps and stacks. In KiB. */
  readonly heap: number
  /** Open descriptors: sockets, pipes, files. */
  readonly files: number
  /** Processor time used so far, in milliseconds. */
  readonly cpu: Millis
}

/** Of Linux for user space, whatever the kernel counts by itself (proc_pid_stat(5), sysconf(3)). */
const TICKS_PER_SECOND = 100

/** @throws when there is no such process, or no /proc */
export async function usageOf(pid: number): Promise<Usage> {
  const [status, stat, files] = await Promise.all([
    readFile(`/proc/${pid}/status`, 'utf8'),
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readdir(`/proc/${pid}/fd`),
  ])
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1])
  // The second field is the program's name, which may hold blanks; the count goes on behind its parenthesis.
  const numbers = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(numbers[11]) + Number(numbers[12])
  return {
    at: Date.now(),
    rss: field('VmRSS'),
    heap: field('RssAnon'),
    files: files.length,
    cpu: (ticks * 1000) / TICKS_PER_SECOND,
  }
}

/** Notes the usage now and then until it is stopped. */
export function watch(
  pid: number,
  everyMs: Millis,
): { readonly usages: readonly Usage[]; readonly stop: () => void } {
  const usages: Usage[] = []
  const look = () => {
    // A look that fails is missed: the process may just have ended, and the soak says so itself.
    usageOf(pid).then(
      (usage) => usages.push(usage),
      () => undefined,
    )
  }
  look()
  const timer = setInterval(look, everyMs)
  return { usages, stop: () => clearInterval(timer) }
}
