/** Annotations of a GitHub job: workflow commands on stdout, beside the text as an ordinary log. */
import type { Remark } from '../../source/problem.ts'
import { counted } from './report.ts'

/** GitHub shows ten of a kind for each step; the last line is for the rest. */
const MAX_SHOWN = 9

const RANK = { error: 0, warning: 1, info: 2 } as const

/**
 * @param text - the log
 * @param token - that nobody who writes a policy can guess
 */
export function annotations(remarks: readonly Remark[], text: string, token: string): string {
  const sorted = remarks.toSorted((a, b) => RANK[a.severity] - RANK[b.severity])
  const shown = sorted.filter(({ severity }) => severity !== 'info').slice(0, MAX_SHOWN)
  const rest = remarks.length - shown.length
  const more = rest === 0 ? [] : [annotation('notice', {}, `${counted(rest, 'more finding')} in the log`)]
  return [jobLog(text, token), ...shown.map(ofRemark), ...more].join('')
}

/** The text as it is, while commands are off: what a policy says must not become one. */
export const jobLog = (text: string, token: string): string =>
  text === '' ? '' : `::stop-commands::${token}\n${text.trimEnd()}\n::${token}::\n`

function ofRemark({ code, severity, message, help, place }: Remark): string {
  const { file, line, column, length } = place
  const fields = { file, line, col: column, endColumn: column + length, title: code }
  const text = help === undefined ? message : `${message}\nhelp: ${help}`
  return annotation(severity === 'info' ? 'notice' : severity, fields, text)
}

/** One workflow command. */
export function annotation(
  level: 'error' | 'warning' | 'notice',
  fields: Readonly<Record<string, string | number>>,
  text: string,
): string {
  const written = Object.entries(fields).map(([name, value]) => `${name}=${property(String(value))}`)
  return `::${[level, ...(written.length > 0 ? [written.join(',')] : [])].join(' ')}::${data(text)}\n`
}

/** As the runner reads them back (actions/toolkit, docs/commands.md). */
const data = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
