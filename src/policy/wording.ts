/** What to say of a value that the schema does not accept. */
import type { z } from 'zod'
import { type Cursor, type Path, placeOfKey, placeOfValue } from '../source/cursor.ts'
import { didYouMean } from '../source/near.ts'
import { addressAsKey, addressReadAsMap, type YamlNode, type YamlScalar } from '../source/node.ts'
import { errorAt, type Problem } from '../source/problem.ts'

type Issue = z.core.$ZodIssue

/** The message of an issue for which the schema has no words of its own. */
export const UNWORDED = '?'

/** @param at - the value the issue is about */
export function wrongValue(at: Cursor, issue: Issue): Problem {
  const field = fieldName(issue.path)
  if (issue.code === 'invalid_key') {
    const message = `${field} ${issue.issues[0]?.message ?? 'cannot be a name'}`
    return { code: 'P0105', severity: 'error', message, place: placeOfKey(at) }
  }
  if (issue.path.length === 1 && issue.path[0] === 'policy_format') return unknownFormat(at)
  return { code: 'P0103', severity: 'error', place: placeOfValue(at), ...wording(at.node, field, issue) }
}

/** A field by its name, the entry of a list by that of the list. */
function fieldName(path: Path): string {
  const named = path.findLast((step) => typeof step === 'string')
  if (named === undefined) return 'the file'
  return typeof path.at(-1) === 'number' ? `an entry of \`${String(named)}\`` : `\`${String(named)}\``
}

function unknownFormat(at: Cursor): Problem {
  const { text, value } = at.node.kind === 'scalar' ? at.node : { text: '', value: null }
  const isNewer = typeof value === 'number' && value > 1
  return errorAt(
    'P0101',
    placeOfValue(at),
    isNewer
      ? `policy format ${text} is newer than this version of sallyport`
      : `\`${text}\` is no policy format`,
    { help: isNewer ? 'update sallyport; it reads format 1' : 'write 1' },
  )
}

type Wording = { readonly message: string; readonly help?: string }

function wording(node: YamlNode, field: string, issue: Issue): Wording {
  const address = addressReadAsMap(node)
  if (address !== undefined) return addressAsKey(address)
  if (node.kind === 'scalar') {
    if (node.value === null) return { message: `${field} has no value` }
    if (asksFor(issue, 'boolean')) return notBoolean(node, field)
    if (asksFor(issue, 'string') && typeof node.value !== 'string') return notText(node, field)
  }
  const words = issue.message === UNWORDED ? expectation(issue) : issue.message
  return { message: words.startsWith('must ') ? `${field} ${words}` : words, ...suggestion(node, issue) }
}

/** Whether the value should have been of this type; in a union, whether it could have been. */
function asksFor(issue: Issue, type: 'string' | 'boolean'): boolean {
  if (issue.code === 'invalid_type') return issue.expected === type
  if (issue.code !== 'invalid_union') return false
  return issue.errors.some((branch) => branch.some((inner) => asksFor(inner, type)))
}

/** A client id such as 0081e12 is a number to YAML, and turning it back into text would lose the zeros. */
function notText({ text, value }: YamlScalar, field: string): Wording {
  // What was pasted there may be the secret itself.
  if (/hash|secret/.test(field)) return { message: `${field} must be text`, help: 'put it in quotes' }
  const kind = typeof value === 'number' ? 'the number ' : ''
  return {
    message: `${field} must be text, and YAML reads \`${text}\` as ${kind}${String(value)}`,
    help: 'put it in quotes',
  }
}

/** YAML 1.2 has no `yes` and `no`; older readers take them for booleans. */
function notBoolean({ text, value }: YamlScalar, field: string): Wording {
  const kind = typeof value === 'number' ? 'a number' : 'text'
  const meant = booleans.find(({ spelling }) => spelling.test(text))?.value
  return {
    message: `\`${text}\` is ${kind}, and ${field} is true or false`,
    ...(meant !== undefined && { help: `write ${meant}` }),
  }
}

const booleans = [
  { spelling: /^(?:true|yes|y|on)$/i, value: 'true' },
  { spelling: /^(?:false|no|n|off)$/i, value: 'false' },
]

function expectation(issue: Issue): string {
  if (issue.code === 'invalid_value') return `must be ${oneOf(issue.values.map(String))}`
  return issue.code === 'invalid_type'
    ? `must be ${kinds[issue.expected] ?? 'something else'}`
    : 'must be something else'
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  array: 'a list',
  object: 'a map of `name: value` lines',
  record: 'a map of `name: value` lines',
}

const oneOf = (words: readonly string[]): string =>
  words.length < 2 ? `\`${words.join()}\`` : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`

function suggestion(node: YamlNode, issue: Issue): { readonly help?: string } {
  if (node.kind !== 'scalar') return {}
  if (issue.code === 'invalid_type' && issue.expected === 'array') return { help: `write [${node.text}]` }
  return didYouMean(node.text, wordsOf(issue))
}

function wordsOf(issue: Issue): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String)
  return issue.code === 'invalid_union' ? issue.errors.flat().flatMap(wordsOf) : []
}
