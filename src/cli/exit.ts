/**
 * What the commands exit with, the same for every verb. A failure of the tool is never mistaken for a finding,
 * nor a finding for success.
 */
export const exit = {
  ok: 0,
  /** A bug, or a file that could not be read or written. */
  toolFailed: 1,
  wrongCommandLine: 2,
  policyDoesNotLoad: 3,
  testFailed: 4,
  lintFindings: 5,
  diffFindings: 6,
  noPolicyFiles: 7,
} as const

export type ExitCode = (typeof exit)[keyof typeof exit]
