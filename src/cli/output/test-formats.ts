/** What `sallyport test` found, for programs. */
import { createColors } from 'picocolors'
import type { Problem, Remark } from '../../source/problem.ts'
import type { Place } from '../../source/text.ts'
import type { TestRun } from '../../testing/run.ts'
import { type JunitCase, junit } from './junit.ts'
import type { Results } from './output-schema.ts'
import { positionOf } from './report.ts'
import { breachText, gotText, renderBreach, renderCase, type Tested, titleOf } from './test-report.ts'

/** Codes of what fails, beside those of problems and findings. */
const codes = { case: 'T001', invariant: 'T002', coverage: 'T003' } as const

/** That fewer are covered than was asked for; absent where enough are. */
export type Uncovered = { readonly message: string; readonly place: Place }

/** Every failure as a remark. */
export function failuresOf(run: TestRun, uncovered: Uncovered | undefined): readonly Remark[] {
  const remark = (code: string, message: string, place: Place): Remark => ({
    code,
    severity: 'error',
    message,
    place,
  })
  return [
    ...run.results
      .filter(({ passed }) => !passed)
      .map((result) =>
        remark(codes.case, `${result.case.request.text}: ${gotText(result)}`, result.case.place),
      ),
    ...run.invariants.flatMap(({ invariant: { name, place }, breaches }) =>
      breaches.map((breach) => remark(codes.invariant, `${name}: ${breachText(breach)}`, place)),
    ),
    ...(uncovered === undefined ? [] : [remark(codes.coverage, uncovered.message, uncovered.place)]),
  ]
}

/**
 * The run as JSON has it.
 *
 * @param isWhole - whether all tests ran, so that coverage says something
 */
export function resultOf(
  { results, unchecked, invariants, coverage }: TestRun,
  isWhole: boolean,
): Results['test'] {
  const passed = results.filter((result) => result.passed).length
  const holding = invariants.filter(({ breaches }) => breaches.length === 0).length
  const uncovered = coverage.uncovered.map(({ route, method, missing }) => ({
    route: route.id,
    method,
    missing: [...missing],
  }))
  return {
    passed,
    failed: results.length - passed,
    unchecked,
    invariants: { total: invariants.length, holding },
    ...(isWhole && { coverage: { pairs: coverage.pairs, covered: coverage.covered, uncovered } }),
  }
}

/** Every case and every invariant, with the trace under each failure. */
export function junitOf(run: TestRun, tested: Tested, uncovered: Uncovered | undefined): string {
  const colors = createColors(false)
  const cases = run.results.map((result): JunitCase => {
    const { place, request, name } = result.case
    const failure = {
      kind: 'failure',
      message: gotText(result),
      text: renderCase(result, tested, colors),
    } as const
    const title = `${request.text}${titleOf({ ...result.case, name: undefined }).replace('  ', ' ')}`
    return { group: name ?? 'test', name: title, place, ...(!result.passed && { failure }) }
  })
  const invariants = run.invariants.map(({ invariant: { name, place }, breaches }): JunitCase => {
    const text = breaches.map((breach) => renderBreach({ name, place }, breach, tested, colors)).join('\n\n')
    const failure = { kind: 'failure', message: breaches.map(breachText).join('; '), text } as const
    return { group: 'invariants', name, place, ...(breaches.length > 0 && { failure }) }
  })
  return junit([...cases, ...invariants, ...(uncovered === undefined ? [] : [coverageCase(uncovered)])])
}

const coverageCase = ({ message, place }: Uncovered): JunitCase => ({
  group: 'coverage',
  name: 'coverage',
  place,
  failure: { kind: 'failure', message, text: message },
})

/** A policy that does not load has no cases, and a report without cases would look green. */
export const junitOfProblems = (problems: readonly Problem[]): string =>
  junit(
    problems
      .filter(({ severity }) => severity === 'error')
      .map(({ code, message, help, place }) => ({
        group: 'the policy loads',
        name: code,
        place,
        failure: {
          kind: 'error',
          message,
          text: `${positionOf(place)}  ${message}${help === undefined ? '' : `\nhelp: ${help}`}`,
        },
      })),
  )
