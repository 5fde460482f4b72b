/** `tests:` and `invariants:` of all files. */
import type { Problem } from '../source/problem.ts'
import type { PolicyFile } from './file.ts'
import type { Names } from './names.ts'
import type { Invariant, PolicyTest } from './test-case.ts'

export function readTests(
  _files: readonly PolicyFile[],
  _names: Names,
  _problems: Problem[],
): { readonly tests: readonly PolicyTest[]; readonly invariants: readonly Invariant[] } {
  return { tests: [], invariants: [] }
}
