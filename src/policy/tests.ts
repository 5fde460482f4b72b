/** `tests:` of all files: which kind each is, who sends the requests, and what is expected of them. */
import { isCallers, parseAddress } from '../base/address.ts'
import { type Reason, reasons } from '../decision/denial.ts'
import { type Cursor, follow, placeOfKey, placeOfValue } from '../source/cursor.ts'
import { errorAt, type Problem } from '../source/problem.ts'
import { unknownName } from './definitions.ts'
import type { PolicyFile } from './file.ts'
import type { Names } from './names.ts'
import { noCaller, remedyFor } from './remedies.ts'
import type { TestBlock } from './schema.ts'
import { readTable } from './table.ts'
import type {
  AllowListTest,
  PolicyTest,
  ReasonedRequest,
  RequestsTest,
  TestCaller,
  TestRequest,
} from './test-case.ts'
import { readRequest, readRequestKey } from './test-requests.ts'

/** In the order of files and lines, which is the order in which they are run. */
export function readTests(
  files: readonly PolicyFile[],
  names: Names,
  problems: Problem[],
): readonly PolicyTest[] {
  return files.flatMap(({ root, document, kept }) =>
    (document.tests ?? []).flatMap((block, index) => {
      const at = follow(root, 'tests', kept.tests[index] ?? index)
      return readTest(block, at, names, problems) ?? []
    }),
  )
}

/** The fields that make a test what it is, and those that go with them. */
const kinds = [
  {
    kind: 'requests',
    fields: ['allowed', 'denied', 'would_deny'],
    others: ['client', 'from', 'token', 'scopes'],
  },
  { kind: 'table', fields: ['columns', 'table'], others: [] },
  { kind: 'allow_list', fields: ['respects_allow_list'], others: [] },
] as const

function readTest(block: TestBlock, at: Cursor, names: Names, problems: Problem[]): PolicyTest | undefined {
  const given = Object.keys(block)
  const meant = kinds.filter(({ fields }) => fields.some((field) => given.includes(field)))
  const [only] = meant
  if (only === undefined || meant.length > 1) {
    problems.push(noSingleKind(meant, at))
    return undefined
  }
  const useless = given.filter(
    (field) => field !== 'name' && ![...only.fields, ...only.others].some((known) => known === field),
  )
  for (const field of useless) problems.push(withoutMeaning(field, only.fields, at))
  const named = { name: block.name, place: placeOfTest(block, at) }
  switch (only.kind) {
    case 'requests':
      return { ...named, kind: 'requests', ...readRequests(block, at, names, problems) }
    case 'table':
      return { ...named, kind: 'table', cells: readTable(block, at, names.units, problems) }
    case 'allow_list':
      return { ...named, kind: 'allow_list', answers: readAnswers(block, at, problems) }
  }
}

const placeOfTest = ({ name }: TestBlock, at: Cursor) =>
  placeOfValue(name === undefined ? at : follow(at, 'name'))

function noSingleKind(meant: readonly (typeof kinds)[number][], at: Cursor): Problem {
  const [, second] = meant
  return second === undefined
    ? errorAt('P0501', placeOfValue(at), 'the test expects nothing', {
        help: 'add `allowed:` or `denied:`, `columns:` and `table:`, or `respects_allow_list:`',
      })
    : errorAt(
        'P0501',
        placeOfKey(follow(at, second.fields.find((field) => follow(at, field) !== at) ?? '')),
        'the test is two tests in one',
        {
          help: 'make two of it',
        },
      )
}

const withoutMeaning = (field: string, fields: readonly string[], at: Cursor): Problem =>
  errorAt(
    'P0501',
    placeOfKey(follow(at, field)),
    `\`${field}\` means nothing in a test with \`${fields.join('` and `')}\``,
    {
      help: 'delete the line',
    },
  )

function readRequests(
  block: TestBlock,
  at: Cursor,
  names: Names,
  problems: Problem[],
): Pick<RequestsTest, 'caller' | 'allowed' | 'denied' | 'wouldDeny'> {
  const read = (texts: readonly string[], ...path: string[]): TestRequest[] =>
    texts.flatMap((text, index) => readRequest(text, follow(at, ...path, index), problems) ?? [])
  const byReason = (field: 'denied' | 'would_deny'): readonly ReasonedRequest[] => {
    const given: Readonly<Partial<Record<Reason, readonly string[]>>> | undefined = block[field]
    if (given && Object.keys(given).length === 0) problems.push(noReason(field, at))
    return reasons.flatMap((reason) =>
      read(given?.[reason] ?? [], field, reason).map((request) => ({ reason, request })),
    )
  }
  return {
    caller: readCaller(block, at, names, problems),
    allowed: read(block.allowed ?? [], 'allowed'),
    denied: byReason('denied'),
    wouldDeny: byReason('would_deny'),
  }
}

const noReason = (field: string, at: Cursor): Problem =>
  errorAt('P0501', placeOfValue(follow(at, field)), `\`${field}\` names no reason`, {
    help: 'write the reason and, below it, the requests',
  })

function readCaller(
  { client, from, token, scopes }: TestBlock,
  at: Cursor,
  names: Names,
  problems: Problem[],
): TestCaller {
  if (client !== undefined) {
    problems.push(
      ...unknownName(names.clients, client, follow(at, 'client'), 'P0504', `no client \`${client}\``),
    )
  }
  if (token !== undefined && token !== 'upstream') {
    problems.push(
      ...unknownName(names.tokens, token, follow(at, 'token'), 'P0504', `no token issuer \`${token}\``),
    )
  }
  return { client, from: readFrom(from, at, problems), token, scopes }
}

function readFrom(text: string | undefined, at: Cursor, problems: Problem[]): TestCaller['from'] {
  if (text === undefined) return undefined
  const address = parseAddress(text)
  const place = placeOfValue(follow(at, 'from'))
  if (address.ok && isCallers(address.value)) return { text, address: address.value }
  if (address.ok) {
    problems.push(
      errorAt('P0301', place, noCaller(text), {
        help: 'leave the line out for a request without an address',
      }),
    )
    return undefined
  }
  const help = remedyFor(address.error)
  problems.push(errorAt('P0301', place, `\`${text}\` is not an address`, help === undefined ? {} : { help }))
  return undefined
}

function readAnswers(block: TestBlock, at: Cursor, problems: Problem[]): AllowListTest['answers'] {
  return Object.entries(block.respects_allow_list ?? {}).flatMap(([text, respects]) => {
    const entry = follow(at, 'respects_allow_list', text)
    const request = readRequestKey(text, entry, problems)
    return request ? [{ request, respects, place: placeOfValue(entry) }] : []
  })
}
