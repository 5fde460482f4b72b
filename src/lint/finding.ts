/** What a rule finds: like a problem of the compiler, and with an edit where there is one right answer. */
import { compare, type Remark } from '../source/problem.ts'
import type { Place } from '../source/text.ts'
import { type Level, type LintCode, lintRules } from './rules.ts'

/** What `--fix` does about it. */
export type Fix =
  | { readonly kind: 'replace'; readonly text: string }
  /** Takes an entry out of its list. */
  | { readonly kind: 'delete' }

export type Finding = Remark & {
  readonly code: LintCode
  readonly severity: Level
  readonly fix?: Fix
}

/** @param message - one sentence, lower case, without a full stop */
export const found = (
  code: LintCode,
  place: Place,
  message: string,
  more: Pick<Finding, 'help' | 'also' | 'fix'> = {},
): Finding => ({ code, severity: lintRules[code].level, message, place, ...more })

const RANK: Readonly<Record<Level, number>> = { error: 0, warning: 1, info: 2 }

/** Whether a finding counts for who asks for `level` and what is worse. */
export const isAtLeast = (severity: Level, level: Level): boolean => RANK[severity] <= RANK[level]

/** Worst first, then by file, line, column and code, without repeats, so that the output never flickers. */
export function sortedFindings(findings: readonly Finding[]): readonly Finding[] {
  const unique = new Map(
    findings.map((finding) => {
      const { file, line, column } = finding.place
      return [JSON.stringify([file, line, column, finding.code, finding.message]), finding] as const
    }),
  )
  return [...unique.values()].toSorted(
    (a, b) =>
      RANK[a.severity] - RANK[b.severity] ||
      compare(a.place.file, b.place.file) ||
      a.place.line - b.place.line ||
      a.place.column - b.place.column ||
      compare(a.code, b.code) ||
      compare(a.message, b.message),
  )
}
