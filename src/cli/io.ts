/** What a command touches of the world, so that a test can stand in for it. */
import { randomBytes } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import metadata from '../../package.json' with { type: 'json' }
import type { Millis } from '../base/time.ts'

export type Io = {
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  /** Whether stdout shows colours. */
  readonly color: boolean
  /** Which of the two a person watches. */
  readonly terminal: { readonly stdout: boolean; readonly stderr: boolean }
  readonly now: () => Millis
  /** Cryptographically strong. */
  readonly randomBytes: (count: number) => Uint8Array
  /** Of sallyport itself, for what programs read. */
  readonly version: string
  /** Adds Markdown to the page that a GitHub job shows as its summary; undefined outside of one. */
  readonly summarize: ((markdown: string) => void) | undefined
  /** Calls back once, when the person ends the command: Ctrl-C, or a signal. */
  readonly onInterrupt: (end: () => void) => void
  /** Calls back each time the person asks a running command to read its files anew (SIGHUP). */
  readonly onHangup: (again: () => void) => void
}

/** The process's own. Colours on a terminal only, and not where NO_COLOR is set (no-color.org). */
export function processIo(): Io {
  process.stdout.on('error', unlessClosed)
  const terminal = { stdout: process.stdout.isTTY === true, stderr: process.stderr.isTTY === true }
  return {
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    color: terminal.stdout && !process.env['NO_COLOR'],
    terminal,
    now: () => Date.now(),
    randomBytes,
    version: metadata.version,
    summarize: summaryIn(process.env['GITHUB_STEP_SUMMARY']),
    onInterrupt: (end) => {
      process.once('SIGINT', end).once('SIGTERM', end)
    },
    onHangup: (again) => {
      process.on('SIGHUP', again)
    },
  }
}

/** The page is an extra: where it cannot be written, that is said, and the command goes on. */
function summaryIn(file: string | undefined): Io['summarize'] {
  if (file === undefined || file === '') return undefined
  return (markdown) => {
    try {
      appendFileSync(file, markdown)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      process.stderr.write(`sallyport: cannot write the job's summary: ${why}\n`)
    }
  }
}

/** A reader who has seen enough, as `head`, is no failure. */
function unlessClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
