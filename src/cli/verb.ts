import type { Command } from 'commander'
import type { ExitCode } from './exit.ts'
import type { Io } from './io.ts'

/** One command. It adds itself to the program; its action calls `done` with what the process should exit with. */
export type Verb = (program: Command, io: Io, done: (code: ExitCode) => void) => void
