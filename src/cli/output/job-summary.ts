/** The summary page of a GitHub job: what a command found as Markdown, beside its annotations. */
import type { Remark } from '../../source/problem.ts'
import { percentage } from '../../testing/coverage.ts'
import type { TestRun } from '../../testing/run.ts'
import { cell, code, markdownTable } from './markdown.ts'
import type { CommandName } from './output-schema.ts'
import { counted, positionOf } from './report.ts'

/** @param remarks - all that the annotations are made of, and more of them than a job may show */
export function remarksSummary(command: CommandName, remarks: readonly Remark[]): string {
  const levels = ['error', 'warning', 'info'] as const
  const counts = levels.flatMap((level) => {
    const count = remarks.filter(({ severity }) => severity === level).length
    return count === 0 ? [] : [level === 'info' ? `${count} info` : counted(count, level)]
  })
  return page(command, counts.join(', ') || 'nothing found', remarksTable(remarks))
}

/** @param failures - of the run, and that less is covered than was asked for */
export function testSummary(run: TestRun, failures: readonly Remark[]): string {
  const { results, unchecked, invariants, coverage } = run
  const failed = results.filter(({ passed }) => !passed).length
  const broken = invariants.filter(({ breaches }) => breaches.length > 0).length
  const share = Math.floor(percentage(coverage))
  const table = markdownTable(
    ['', 'Good', 'Bad'],
    [
      [
        'Cases',
        `${results.length - failed}`,
        `${failed}${unchecked > 0 ? `, ${unchecked} not checked` : ''}`,
      ],
      ['Invariants', `${invariants.length - broken}`, `${broken}`],
      [
        'Route/method pairs covered',
        `${coverage.covered} (${share}%)`,
        `${coverage.pairs - coverage.covered}`,
      ],
    ],
  )
  const outcome = failures.length === 0 ? 'passed' : 'failed'
  return page('test', outcome, [table, remarksTable(failures)].filter((part) => part !== '').join('\n'))
}

/** A page of its own for each command of the job. */
export const page = (command: CommandName, outcome: string, body: string): string =>
  `## sallyport ${command}: ${outcome}\n\n${body}${body === '' ? '' : '\n'}`

/** A help is said behind its message: a cell has one line. */
const remarksTable = (remarks: readonly Remark[]): string =>
  markdownTable(
    ['Level', 'Code', 'Where', 'What'],
    remarks.map(({ severity, code: id, place, message, help }) => [
      severity,
      id,
      code(positionOf(place)),
      cell(help === undefined ? message : `${message}. Help: ${help}`),
    ]),
  )
