/** Formats for programs: what a verb found, as JSON, as SARIF, or as annotations of a GitHub job. */
import { createColors } from 'picocolors'
import type { CompiledPolicy } from '../policy/model.ts'
import type { Remark } from '../source/problem.ts'
import type { SourceText } from '../source/text.ts'
import { diagnostics } from './diagnostics.ts'
import { annotations } from './github.ts'
import type { Io } from './io.ts'
import type { CompiledFolders } from './policy.ts'
import { renderProblems } from './report.ts'
import { sarif } from './sarif.ts'

export type RemarkFormat = 'json' | 'sarif' | 'github'

export type Reported = {
  readonly remarks: readonly Remark[]
  readonly files: readonly SourceText[]
  /** Absent where it did not load. */
  readonly policy?: CompiledPolicy | undefined
  /** The whole report as a person reads it, without colours. */
  readonly text: string
}

export function renderRemarks(
  format: RemarkFormat,
  { remarks, files, policy, text }: Reported,
  io: Io,
): string {
  switch (format) {
    case 'json':
      return diagnostics(remarks, policy)
    case 'sarif':
      return sarif(remarks, files)
    case 'github':
      return annotations(remarks, text, Buffer.from(io.randomBytes(16)).toString('hex'))
  }
}

/** What stopped a policy from loading; nothing where it did load, since the verb then has its own to say. */
export const loadProblems = (format: RemarkFormat, io: Io) => (compiled: CompiledFolders) =>
  compiled.policy === undefined ? renderRemarks(format, problemsOf(compiled), io) : ''

/** What the compiler says of the folders, warnings too. */
export const problemsOf = ({ problems, files, fileCount, policy }: CompiledFolders): Reported => ({
  remarks: problems,
  files,
  policy,
  text: problems.length === 0 ? '' : renderProblems(problems, files, fileCount, createColors(false)),
})
