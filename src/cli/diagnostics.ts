/** What a verb found, for programs: one form for problems and findings. */
import type { CompiledPolicy } from '../policy/model.ts'
import type { Remark } from '../source/problem.ts'
import type { Place } from '../source/text.ts'

/**
 * @param policy - absent where it did not load
 * @returns a JSON document that ends with a line feed
 */
export function diagnostics(remarks: readonly Remark[], policy?: CompiledPolicy): string {
  const count = (severity: Remark['severity']): number =>
    remarks.filter((remark) => remark.severity === severity).length
  const document = {
    tool: 'sallyport',
    ...(policy && { policy: { digest: policy.digest } }),
    diagnostics: remarks.map(diagnostic),
    summary: { errors: count('error'), warnings: count('warning'), infos: count('info') },
  }
  return `${JSON.stringify(document, undefined, 2)}\n`
}

const diagnostic = ({ code, severity, message, place, help, also = [] }: Remark) => ({
  code,
  severity,
  message,
  ...(help !== undefined && { help }),
  ...located(place),
  related: also.map(({ place: other, label }) => ({ message: label, ...located(other) })),
})

/** The end is the column after the last one. */
const located = ({ file, line, column, length }: Place) => ({
  file,
  range: { start: { line, col: column }, end: { line, col: column + length } },
})
