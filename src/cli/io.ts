/** What a command touches of the world, so that a test can stand in for it. */
import { randomBytes } from 'node:crypto'
import type { Millis } from '../base/time.ts'

export type Io = {
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  /** Whether stdout shows colours. */
  readonly color: boolean
  readonly now: () => Millis
  /** Cryptographically strong. */
  readonly randomBytes: (count: number) => Uint8Array
}

/** The process's own. Colours on a terminal only, and not where NO_COLOR is set (no-color.org). */
export function processIo(): Io {
  process.stdout.on('error', unlessClosed)
  return {
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    color: process.stdout.isTTY === true && !process.env['NO_COLOR'],
    now: () => Date.now(),
    randomBytes,
  }
}

/** A reader who has seen enough, as `head`, is no failure. */
function unlessClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
