/** Problems as a person reads them: code, place, sentence, the lines around it, and what to do. */
import type { createColors } from 'picocolors'
import { codeFrame, printable } from '../../source/frame.ts'
import type { Problem, Remark } from '../../source/problem.ts'
import type { SourceText } from '../../source/text.ts'

export type Colors = ReturnType<typeof createColors>

/** Texts by path, for frames. */
export type Files = ReadonlyMap<string, SourceText>

export const filesByPath = (files: readonly SourceText[]): Files =>
  new Map(files.map((file) => [file.path, file]))

/** Who has more of them mends these first. */
const MAX_SHOWN = 500

/** All problems and the line that counts them, each ending with a line feed. */
export function renderProblems(
  problems: readonly Problem[],
  files: readonly SourceText[],
  fileCount: number,
  colors: Colors,
): string {
  const byPath = filesByPath(files)
  const rendered = problems
    .slice(0, MAX_SHOWN)
    .map((problem) => `${renderProblem(problem, byPath, colors)}\n\n`)
  const more = problems.length > MAX_SHOWN ? `... and ${problems.length - MAX_SHOWN} more\n\n` : ''
  return `${rendered.join('')}${more}${renderCount(problems, fileCount)}\n`
}

/** One problem, without an end of line. */
export function renderProblem(problem: Remark, files: Files, colors: Colors): string {
  const { severity, code, place, message, help, also = [] } = problem
  const paint = { error: colors.red, warning: colors.yellow, info: colors.cyan }[severity]
  const source = files.get(place.file)
  const head = `${paint(severity)} ${colors.bold(code)}  ${positionOf(place)}\n  ${printable(message)}`
  const frame = source === undefined ? '' : `\n\n${codeFrame(source, place)}`
  const notes = [
    ...(help === undefined ? [] : [`  ${colors.green('help:')} ${printable(help)}`]),
    ...also.map(({ place: other, label }) => `  also: ${positionOf(other)}  ${printable(label)}`),
  ]
  return [head + frame, ...(notes.length > 0 ? [notes.join('\n')] : [])].join('\n\n')
}

/** As editors and terminals take it: file, line, column. */
export const positionOf = ({ file, line, column }: Problem['place']): string =>
  `${printable(file)}:${line}:${column}`

function renderCount(problems: readonly Problem[], fileCount: number): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length
  const warnings = problems.length - errors
  const counts = [
    ...(errors > 0 ? [counted(errors, 'error')] : []),
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
  ]
  const withProblems = new Set(problems.map(({ place }) => place.file)).size
  return `${counts.join(', ')} in ${withProblems} of ${counted(fileCount, 'file')}`
}

/** `1 file`, `2 files`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`
