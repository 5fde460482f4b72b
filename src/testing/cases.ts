/** Every line of a policy test that is checked, as one case: who sends what, and what must come out. */
import type { Reason } from '../decision/denial.ts'
import type { StepName } from '../decision/stage.ts'
import type {
  AllowListTest,
  PolicyTest,
  RequestsTest,
  TableTest,
  TestCaller,
  TestRequest,
} from '../policy/test-case.ts'
import type { Place } from '../source/text.ts'

/** A denial for its reason and, where it matters, at its step; with `reported` one that is let through. */
export type Expected =
  | 'allowed'
  | { readonly reason: Reason; readonly step?: StepName; readonly reported?: true }

export type Sender =
  /** As the test says. */
  | { readonly kind: 'written'; readonly caller: TestCaller }
  /** A client with exactly this feature, from an address that may call. */
  | { readonly kind: 'holder'; readonly feature: string }
  /** A client that may use the route, and whose allow list has one address: the caller's, or another one. */
  | { readonly kind: 'listed'; readonly from: 'inside' | 'outside' }

export type Check = { readonly sender: Sender; readonly expected: Expected }

export type Case = {
  /** Of the test. */
  readonly name: string | undefined
  /** Which part of the test: its row and column. */
  readonly detail: string | undefined
  /** The line or the cell. */
  readonly place: Place
  readonly request: TestRequest
  /** At least one. The case passes when all of them do. */
  readonly checks: readonly [Check, ...Check[]]
}

/** The checked lines and cells of a test, in the order of the file. */
export function casesOf(test: PolicyTest): readonly Case[] {
  switch (test.kind) {
    case 'requests':
      return requestCases(test)
    case 'table':
      return tableCases(test)
    case 'allow_list':
      return allowListCases(test)
  }
}

/** Cells that say neither yes nor no. */
export const uncheckedCells = (test: PolicyTest): number =>
  test.kind === 'table' ? test.cells.filter(({ expect }) => expect === 'unchecked').length : 0

function requestCases({ name, caller, allowed, denied, wouldDeny }: RequestsTest): readonly Case[] {
  const sender: Sender = { kind: 'written', caller }
  const one = (request: TestRequest, expected: Expected): Case => ({
    name,
    detail: undefined,
    place: request.place,
    request,
    checks: [{ sender, expected }],
  })
  return [
    ...allowed.map((request) => one(request, 'allowed')),
    ...denied.map(({ reason, request }) => one(request, { reason })),
    ...wouldDeny.map(({ reason, request }) => one(request, { reason, reported: true })),
  ].toSorted((a, b) => a.place.line - b.place.line || a.place.column - b.place.column)
}

/** A cross means the missing feature and nothing else: a client that is refused for its secret proves nothing. */
function tableCases({ name, cells }: TableTest): readonly Case[] {
  return cells.flatMap(({ feature, column, expect, request, place }): Case[] => {
    if (expect === 'unchecked' || request === undefined) return []
    const expected: Expected = expect === 'allowed' ? 'allowed' : { reason: 'feature_missing' }
    const detail = `row ${feature}, column ${column}`
    return [{ name, detail, place, request, checks: [{ sender: { kind: 'holder', feature }, expected }] }]
  })
}

const inside: Sender = { kind: 'listed', from: 'inside' }
const outside: Sender = { kind: 'listed', from: 'outside' }

/** `true` needs both: a route that lets nobody in at all respects no list. */
function allowListCases({ name, answers }: AllowListTest): readonly Case[] {
  return answers.map(({ request, respects, place }) => ({
    name,
    detail: undefined,
    place,
    request,
    checks: respects
      ? [
          { sender: outside, expected: { reason: 'address_not_allowed', step: 'address' } },
          { sender: inside, expected: 'allowed' },
        ]
      : [{ sender: outside, expected: 'allowed' }],
  }))
}
