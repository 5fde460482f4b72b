/** A line on stderr that says how far a long work is. Nobody sees it in a job's log, where it would be a hundred lines. */
import type { Io } from '../io.ts'

/** What is done sooner needs no word. */
const QUIET_MS = 1000
const REDRAW_MS = 100

/** To the start of the line, and the line is empty. */
const ERASE = '\r\u001b[K'

export type Progress = {
  /** Says how far it is. May be called for each of a million steps: it looks at the clock and seldom draws. */
  readonly at: (done: number, total?: number) => void
  /** Takes the line away. Called in any case, before anything else is written. */
  readonly end: () => void
}

/**
 * Drawn by the work itself and not by a timer: a decision never waits for anything, so no timer would come to its turn.
 *
 * @param what - is done: `testing`
 * @param unit - of what is counted, where that is not plain
 */
export function progressOf(io: Pick<Io, 'now' | 'stderr' | 'terminal'>, what: string, unit = ''): Progress {
  if (!io.terminal.stderr) return { at: () => {}, end: () => {} }
  let next = io.now() + QUIET_MS
  let isDrawn = false
  return {
    at: (done, total) => {
      const now = io.now()
      if (now < next) return
      next = now + REDRAW_MS
      isDrawn = true
      io.stderr(`${ERASE}${what}  ${howFar(done, total)}${unit}`)
    },
    end: () => {
      if (isDrawn) io.stderr(ERASE)
      isDrawn = false
    },
  }
}

const howFar = (done: number, total: number | undefined): string =>
  total === undefined
    ? `${done}`
    : `${done} of ${total}  ${total === 0 ? 100 : Math.floor((done / total) * 100)}%`

/** The same for work that others do, such as a process: it is waited for, so a timer draws. */
export async function withProgress<T>(
  io: Pick<Io, 'now' | 'stderr' | 'terminal'>,
  what: string,
  work: Promise<T>,
): Promise<T> {
  const started = io.now()
  const line = progressOf(io, what, ' s')
  const timer = setInterval(() => line.at(Math.floor((io.now() - started) / 1000)), REDRAW_MS)
  try {
    return await work
  } finally {
    clearInterval(timer)
    line.end()
  }
}
