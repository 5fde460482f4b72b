/** Whether a file has the form that the schema describes; each mistake with its place and what to type instead. */
import type { z } from 'zod'
import { type Cursor, find, follow, type Path, placeOfKey } from '../source/cursor.ts'
import { nearest } from '../source/near.ts'
import { errorAt, type Problem } from '../source/problem.ts'
import type { Place } from '../source/text.ts'
import { knownKeys } from './known-keys.ts'
import { type PolicyDocument, policyFile } from './schema.ts'
import { whyUntestable } from './test-reasons.ts'
import { UNWORDED, wrongValue } from './wording.ts'

type Issue = z.core.$ZodIssue

/** A mistake and where in the file's tree it is, so that the rest of the file can still be looked at. */
export type Misshapen = {
  readonly path: Path
  readonly problem: Problem
  /** The field that an unknown one was probably meant to be. */
  readonly meant?: string | undefined
}

export type Shape =
  | { readonly ok: true; readonly document: PolicyDocument }
  | { readonly ok: false; readonly mistakes: readonly Misshapen[] }

/** @param value - what the file at `root` says, or what is left of it */
export function checkShape(root: Cursor, value: unknown): Shape {
  const result = policyFile.safeParse(value, { error: () => UNWORDED })
  if (result.success) return { ok: true, document: result.data }
  const issues = result.error.issues.flatMap((issue) => [issue, ...belowName(value, issue)])
  const mistakes = issues.flatMap(unfolded).flatMap((issue) => describe(root, issue))
  return { ok: false, mistakes: withoutConsequences(mistakes) }
}

/**
 * One mistake a value: a text that is no text is not too short as well. And a field that is there under a misspelt
 * name is not missing.
 */
function withoutConsequences(mistakes: readonly Misshapen[]): Misshapen[] {
  const meant = new Set(
    mistakes.flatMap(({ path, meant: field }) => (field ? [dotted([...path.slice(0, -1), field])] : [])),
  )
  const seen = new Set<string>()
  return mistakes.filter(({ path, problem }) => {
    const key = dotted(path)
    const isNew = !seen.has(key) && (problem.code !== 'P0104' || !meant.has(key))
    seen.add(key)
    return isNew
  })
}

/** What is wrong below a name that is none: the schema looks no further there. So the entry is tried under another one. */
function belowName(value: unknown, { code, path }: Issue): Issue[] {
  const [block, name, ...deeper] = path
  if (code !== 'invalid_key' || block === undefined || name === undefined || deeper.length > 0) return []
  const entry = fieldOf(fieldOf(value, block), name)
  const alone = policyFile.safeParse({ policy_format: 1, [block]: { entry } }, { error: () => UNWORDED })
  return (alone.error?.issues ?? []).map((issue) => ({ ...issue, path: [...path, ...issue.path.slice(2)] }))
}

const fieldOf = (value: unknown, name: PropertyKey): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined

/** Of a union, the issues of the branch that the value was meant for: the one that got further than its type. */
function unfolded(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const meant = issue.errors.find((branch) =>
    branch.some((inner) => inner.path.length > 0 || !isAboutType(inner)),
  )
  if (meant === undefined) return [issue]
  return meant.flatMap(unfolded).map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }))
}

const isAboutType = ({ code }: Issue): boolean => code === 'invalid_type' || code === 'invalid_value'

function describe(root: Cursor, issue: Issue): Misshapen[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownField(root, issue.path, key))
  }
  const at = find(root, issue.path)
  const problem = at === undefined ? missingField(root, issue.path) : wrongValue(at, issue)
  return [{ path: issue.path, problem }]
}

function unknownField(root: Cursor, parent: Path, key: string): Misshapen {
  const path = [...parent, key]
  const why = isExpectation(parent) ? whyUntestable(key) : undefined
  if (why !== undefined) return { path, problem: untestable(placeOfKey(follow(root, ...path)), key, why) }
  const where = parent.length === 0 ? '' : ` in ${dotted(parent)}`
  const known = knownKeys(parent)
  const meant = nearest(key, known)
  const others = isExpectation(parent) ? { help: `the reasons are ${known.join(', ')}` } : {}
  const help = meant === undefined ? others : { help: `did you mean \`${meant}\`?` }
  const place = placeOfKey(follow(root, ...path))
  return { path, meant, problem: errorAt('P0102', place, `unknown field${named(key, parent)}${where}`, help) }
}

/** Who writes a secret where its hash belongs, perhaps with a colon in it, has made a field of it. */
const named = (key: string, parent: Path): string =>
  parent.includes('secrets') && !/^[a-z_]{1,20}$/.test(key) ? '' : ` \`${key}\``

/** `tests.3.denied` and `tests.3.would_deny`. */
const isExpectation = ([block, , field]: Path): boolean =>
  block === 'tests' && (field === 'denied' || field === 'would_deny')

const untestable = (place: Place, reason: string, why: string): Problem =>
  errorAt('P0501', place, `no test can expect \`${reason}\`: ${why}`, { help: 'leave it out' })

const dotted = (path: Path): string => path.map(String).join('.')

/** What to write in the fields that have no default on purpose. */
const answers: Readonly<Record<string, string>> = {
  policy_format: 'write `policy_format: 1`',
  respects_allow_list: 'write true or false; there is no default, so that nobody is surprised',
  allow_list: 'write the addresses, or `any`',
  secrets: 'write the hashes, `none` for a public client, or `upstream`',
  expires: 'write the first day on which the secret is not accepted any more',
  until: 'write the first day on which it refuses: what is only reported must have an end',
}

function missingField(root: Cursor, path: Path): Problem {
  const field = String(path.at(-1))
  const parent = path.slice(0, -1)
  const help = answers[field]
  return {
    code: field === 'policy_format' ? 'P0101' : 'P0104',
    severity: 'error',
    message: parent.length === 0 ? `\`${field}\` is missing` : `\`${field}\` is missing in ${dotted(parent)}`,
    place: parent.length === 0 ? startOf(root) : placeOfKey(follow(root, ...parent)),
    ...(help !== undefined && { help }),
  }
}

const startOf = ({ source }: Cursor) => ({ file: source.path, line: 1, column: 1, length: 1 })
