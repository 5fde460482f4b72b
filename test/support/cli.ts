/** The command line as it is typed, without a process. */
import type { Io } from '../../src/cli/io.ts'
import { run } from '../../src/cli/main.ts'

export type Outcome = { readonly code: number; readonly stdout: string; readonly stderr: string }

/** 2026-11-22T10:00:00Z, where a test does not say otherwise. */
export const NOW = Date.UTC(2026, 10, 22, 10)

/** The world of a command, with what it writes kept in `written`. */
export const ioOf = (written: { stdout: string; stderr: string }, given: Partial<Io> = {}): Io => ({
  stdout: (text) => {
    written.stdout += text
  },
  stderr: (text) => {
    written.stderr += text
  },
  color: false,
  terminal: { stdout: false, stderr: false },
  now: () => NOW,
  randomBytes: (count) => new Uint8Array(count).fill(7),
  version: '0.0.0',
  summarize: undefined,
  onInterrupt: () => {},
  onHangup: () => {},
  ...given,
})

export async function sallyport(args: readonly string[], given: Partial<Io> = {}): Promise<Outcome> {
  const written = { stdout: '', stderr: '' }
  return { code: await run(args, ioOf(written, given)), ...written }
}
