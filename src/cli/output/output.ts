/** What a command found, as the JSON that all of them share. */
import type { Remark } from '../../source/problem.ts'
import type { Place } from '../../source/text.ts'
import type { Io } from '../io.ts'
import {
  type CommandName,
  type DiagnosticOutput,
  OUTPUT_FORMAT,
  type PolicyOutput,
  type Results,
} from './output-schema.ts'

/** What a document says besides the command's own result. */
export type About = { readonly policy: PolicyOutput; readonly remarks: readonly Remark[] }

/**
 * @param result - left out where a policy does not load
 * @returns a JSON document that ends with a line feed
 */
export function outputText<Name extends CommandName>(
  { version }: Io,
  command: Name,
  { policy, remarks }: About,
  result?: Results[Name],
): string {
  const count = (severity: Remark['severity']): number =>
    remarks.filter((remark) => remark.severity === severity).length
  const document = {
    tool: 'sallyport',
    version,
    output_format: OUTPUT_FORMAT,
    command,
    policy,
    diagnostics: remarks.map(diagnostic),
    summary: { errors: count('error'), warnings: count('warning'), infos: count('info') },
    result,
  }
  return `${JSON.stringify(document, undefined, 2)}\n`
}

const diagnostic = ({ code, severity, message, place, help, also = [] }: Remark): DiagnosticOutput => ({
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
