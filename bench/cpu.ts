/** CPU time of another process, from Linux' /proc: on a machine that others use too, it says more than the clock. */
import { readdirSync, readFileSync } from 'node:fs'

/** Clock ticks a second; Linux shows user space 100 on every architecture. */
const TICKS = 100

/**
 * User and system time of a process, with all its threads.
 *
 * @returns in microseconds; NaN where there is no /proc
 */
export function cpuMicros(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in parentheses and may hold blanks (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [user, system] = [fields[11], fields[12]]
    return ((Number(user) + Number(system)) / TICKS) * 1e6
  } catch {
    return Number.NaN
  }
}

/**
 * CPU time of the threads that a process has now, to the nanosecond: for times near a tick. Threads that have ended are
 * not in it.
 *
 * @returns in milliseconds; NaN where there is no /proc, or a kernel without scheduler statistics
 */
export function fineCpuMs(pid: number): number {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`)
    const nanos = tasks.map((task) =>
      Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
    )
    return nanos.reduce((sum, each) => sum + each, 0) / 1e6
  } catch {
    return Number.NaN
  }
}
