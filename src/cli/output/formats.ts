/** Formats for programs: what a command found, as JSON, as SARIF, or as annotations of a GitHub job. */
import type { CompiledPolicy } from '../../policy/model.ts'
import type { Remark } from '../../source/problem.ts'
import type { SourceText } from '../../source/text.ts'
import type { Io } from '../io.ts'
import { type CompiledFolders, problemsText } from '../policy.ts'
import { annotations } from './github.ts'
import { remarksSummary } from './job-summary.ts'
import { outputText } from './output.ts'
import type { CommandName, PolicyOutput, Results } from './output-schema.ts'
import { sarif } from './sarif.ts'

export type RemarkFormat = 'json' | 'sarif' | 'github'

export type Reported<Name extends CommandName> = {
  readonly command: Name
  readonly remarks: readonly Remark[]
  readonly files: readonly SourceText[]
  /** Absent where it did not load. */
  readonly policy?: CompiledPolicy | undefined
  /** The whole report as a person reads it, without colours. */
  readonly text: string
  /** For JSON; absent where the policy did not load. */
  readonly result?: Results[Name]
  /** For the page of a GitHub job, where a table of the remarks would not do. */
  readonly summary?: string
}

/** Writes to stdout, and to the summary of a job. */
export function writeRemarks<Name extends CommandName>(
  io: Io,
  format: RemarkFormat,
  reported: Reported<Name>,
): void {
  io.stdout(rendered(format, reported, io))
  if (format !== 'github') return
  io.summarize?.(reported.summary ?? remarksSummary(reported.command, reported.remarks))
}

function rendered<Name extends CommandName>(
  format: RemarkFormat,
  { command, remarks, files, policy, text, result }: Reported<Name>,
  io: Io,
): string {
  switch (format) {
    case 'json':
      return outputText(io, command, { policy: policyOutput(files, policy), remarks }, result)
    case 'sarif':
      return sarif(remarks, files, io.version)
    case 'github':
      return annotations(remarks, text, jobToken(io))
  }
}

/** A word that nobody who writes a policy can guess. */
export const jobToken = (io: Io): string => Buffer.from(io.randomBytes(16)).toString('hex')

export const policyOutput = (files: readonly SourceText[], policy?: CompiledPolicy): PolicyOutput => ({
  ...(policy && { digest: policy.digest }),
  files: files.map(({ path }) => path),
})

/** What stopped a policy from loading; nothing where it did load, since the command then has its own to say. */
export const loadProblems =
  (io: Io, format: 'text' | RemarkFormat, command: CommandName) =>
  (compiled: CompiledFolders): void => {
    if (format === 'text') io.stdout(problemsText(compiled, io))
    else if (compiled.policy === undefined) writeRemarks(io, format, problemsOf(compiled, command))
  }

/** What the compiler says of the folders, warnings too. */
export const problemsOf = <Name extends CommandName>(
  compiled: CompiledFolders,
  command: Name,
): Reported<Name> => ({
  command,
  remarks: compiled.problems,
  files: compiled.files,
  policy: compiled.policy,
  text: problemsText(compiled),
})
