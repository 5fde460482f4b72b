/**
 * A mistake in a policy file: a stable code, a sentence, the place, and what to type instead. Problems are values;
 * a reader of a policy collects them and goes on, so that a person sees all of them at once.
 */
import type { Place } from './text.ts'

/** Every code there is, with its title in docs/problems.md. */
export const problemCodes = {
  P0001: 'the file is not UTF-8 text, or it is too large',
  P0002: 'an invisible character',
  P0003: 'not readable as YAML',
  P0004: 'a part of YAML that policies do not use',
  P0005: 'a key stands twice in one map',
  P0006: 'nested too deeply',
  P0007: 'the file would not be read',
  P0101: 'policy_format is missing or unknown',
  P0102: 'unknown field',
  P0103: 'a value of the wrong kind',
  P0104: 'a field is missing',
  P0105: 'a name that cannot be used',
  P0201: 'a name is defined twice',
  P0202: 'a block without its upstream',
  P0203: 'two upstreams claim the same paths',
  P0204: 'the same client id twice at one upstream',
  P0301: 'neither an address nor the name of a network',
  P0302: 'unknown feature',
  P0303: 'callers that cannot be',
  P0304: 'unknown or missing rate group',
  P0305: 'a token issuer is unknown, missing or out of place',
  P0306: 'unknown set of error bodies',
  P0307: 'the allow list cannot be respected',
  P0308: 'a route without authentication that does not say so',
  P0309: 'unknown upstream',
  P0310: 'not an origin',
  P0311: 'a secret that must not be used',
  P0312: 'a rate group that cannot be kept',
  P0313: 'keys that must not be used',
  P0314: 'an error body that cannot be sent',
  P0315: 'a way to authenticate that cannot be',
  P0316: 'a certificate attribute that cannot be checked',
  P0317: 'a line that has no meaning on this route',
  P0318: 'a cost that cannot be paid',
  P0319: 'a path that names no tenant',
  P0320: 'rate groups that cannot be counted together',
  P0321: 'nothing that could be reported',
  P0401: 'two routes match the same paths',
  P0402: 'a path that no request can have',
  P0403: 'not a method',
  P0501: 'a test that tests nothing, or two things',
  P0502: 'a table that cannot be read',
  P0503: 'a cell with a footnote',
  P0504: 'a test names what does not exist',
  P0505: 'not a request',
  P0601: 'a published secret',
} as const satisfies Readonly<Record<`P${number}`, string>>

export type ProblemCode = keyof typeof problemCodes

/** A sentence about a place: what problems, and the findings of `lint`, have in common. */
export type Remark = {
  readonly code: string
  readonly severity: 'error' | 'warning' | 'info'
  /** One sentence, lower case, without a full stop; what is quoted from the file stands in backticks. */
  readonly message: string
  readonly place: Place
  /** What to do, as an imperative. */
  readonly help?: string
  /** Other places that have to do with it, each with a few words. */
  readonly also?: readonly { readonly place: Place; readonly label: string }[]
}

export type Problem = Remark & { readonly code: ProblemCode; readonly severity: 'error' | 'warning' }

/** An error, spelled shortly. */
export const errorAt = (
  code: ProblemCode,
  place: Place,
  message: string,
  more: Pick<Problem, 'help' | 'also'> = {},
): Problem => ({ code, severity: 'error', message, place, ...more })

/** Adds them one by one: `push(...more)` is a call with as many arguments, and too many overflow the stack. */
export function addAll<T>(all: T[], more: Iterable<T>): void {
  for (const each of more) all.push(each)
}

/** Sorted by file, line, column and code, without repeats, so that the output never flickers. */
export function sortedProblems(problems: Iterable<Problem>): readonly Problem[] {
  const unique = new Map<string, Problem>()
  for (const problem of problems) {
    const { file, line, column } = problem.place
    const key = JSON.stringify([file, line, column, problem.code, problem.message])
    if (!unique.has(key)) unique.set(key, problem)
  }
  return [...unique.values()].toSorted(
    (a, b) =>
      compare(a.place.file, b.place.file) ||
      a.place.line - b.place.line ||
      a.place.column - b.place.column ||
      compare(a.code, b.code),
  )
}

/** By code units, not by the machine's language, so that every machine sorts alike. */
export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
