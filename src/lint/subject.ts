/** What the rules look at. Each rule is a function from this to what it finds, and reads nothing else. */
import type { Millis } from '../base/time.ts'
import type { CompiledPolicy } from '../policy/model.ts'
import type { Names } from '../policy/names.ts'
import type { Sources } from '../policy/sources.ts'
import type { PolicyTest } from '../policy/test-case.ts'
import type { SourceText } from '../source/text.ts'
import type { Finding } from './finding.ts'

export type Subject = {
  readonly policy: CompiledPolicy
  readonly sources: Sources
  readonly names: Names
  readonly tests: readonly PolicyTest[]
  /** For exceptions, which are comments. */
  readonly files: readonly SourceText[]
  readonly now: Millis
}

export type LintRule = (subject: Subject) => readonly Finding[]
