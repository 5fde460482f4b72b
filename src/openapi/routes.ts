/** Operations as routes: one for the paths with the same tag, the same security and the same methods. */
import { parsePattern, shapeOf } from '../routing/pattern.ts'
import type { Operation } from './document.ts'
import type { Security } from './security.ts'

export type DraftRoute = {
  readonly name: string
  readonly tag: string | undefined
  readonly paths: readonly string[]
  readonly auth: Security['auth']
  /** By method: words for `callers`, or undefined where a person decides. */
  readonly callers: ReadonlyMap<string, readonly string[] | undefined>
  /** What that person should know. */
  readonly notes: readonly string[]
}

/** An operation that has a pattern. */
type Placed = Operation & { readonly pattern: string; readonly shape: string }

export type Drafted = { readonly routes: readonly DraftRoute[]; readonly notes: readonly string[] }

/** Paths whose methods differ make routes of their own: one for both would open what the document does not have. */
export function draftRoutes(operations: readonly Operation[]): Drafted {
  const notes: string[] = []
  const byShape = new Map<string, Placed[]>()
  for (const operation of operations) {
    const placed = place(operation, notes)
    if (placed !== undefined) byShape.set(placed.shape, [...(byShape.get(placed.shape) ?? []), placed])
  }
  const groups = new Map<string, DraftRoute>()
  for (const path of byShape.values()) {
    const draft = draftOf(path)
    const key = JSON.stringify([draft.tag, draft.auth, draft.notes, [...draft.callers]])
    const known = groups.get(key)
    groups.set(key, known === undefined ? draft : { ...known, paths: [...known.paths, ...draft.paths] })
  }
  return { routes: named([...groups.values()]), notes }
}

/** `METHOD shape`: the same for an operation whatever its parameters are called. */
export const operationKey = (method: string, pattern: string): string | undefined => {
  const parsed = parsePattern(pattern)
  return parsed.ok ? `${method} ${shapeOf(parsed.value)}` : undefined
}

function place(operation: Operation, notes: string[]): Placed | undefined {
  const pattern = patternOf(operation.path)
  const parsed = parsePattern(pattern)
  const written = !parsed.ok && parsed.error.kind === 'not_canonical' ? parsed.error.write : pattern
  const read = parsePattern(written)
  const title = `${operation.method} ${operation.path}`
  if (!read.ok) {
    notes.push(`${title}: left out, since no route can have this path`)
    return undefined
  }
  const isWider = /[^/]\{[^}]*\}|\{[^}]*\}[^/]/.test(operation.path)
  if (isWider) notes.push(`${title}: widened to ${written}, since a parameter of a route is a whole segment`)
  return { ...operation, pattern: written, shape: shapeOf(read.value) }
}

/** Names of parameters as a pattern takes them, each once. */
function patternOf(path: string): string {
  const used = new Set<string>()
  const segments = path.split('/').map((segment) => {
    const [, parameter] = /\{([^}]*)\}/.exec(segment) ?? []
    if (parameter === undefined) return segment
    const plain = parameter.replaceAll(/[^A-Za-z0-9_-]+/g, '_').replace(/^(?![A-Za-z_])/, '_')
    let name = plain
    for (let count = 2; used.has(name); count++) name = `${plain}${count}`
    used.add(name)
    return `{${name}}`
  })
  return segments.join('/')
}

/** A route has one way to authenticate, so a path whose methods have several is left to a person. */
function draftOf(path: readonly Placed[]): DraftRoute {
  const kinds = new Set(path.map(({ security }) => security.auth))
  const isMixed = kinds.size > 1
  const [first] = path
  const each = path.map(({ method, security }) => `${method} ${security.auth}`)
  return {
    name: '',
    tag: first?.tag,
    paths: first === undefined ? [] : [first.pattern],
    auth: isMixed ? 'undecided' : (first?.security.auth ?? 'undecided'),
    callers: callersOf(path),
    notes: [
      ...(isMixed ? [`its methods authenticate in different ways: ${each.join(', ')}`] : []),
      ...new Set(path.flatMap(({ security }) => security.note ?? [])),
    ],
  }
}

/** Of one operation that stands twice, with other names of parameters, only what both say is taken. */
function callersOf(path: readonly Placed[]): DraftRoute['callers'] {
  const callers = new Map<string, readonly string[] | undefined>()
  for (const { method, security } of path) {
    const words = wordsOf(security)
    const isOther = callers.has(method) && JSON.stringify(callers.get(method)) !== JSON.stringify(words)
    callers.set(method, isOther ? undefined : words)
  }
  return callers
}

const wordsOf = ({ scopes }: Security): readonly string[] | undefined =>
  scopes?.map((scope) => `scope:${scope}`)

/** By tag, and with a number where a tag has several. */
function named(routes: readonly DraftRoute[]): readonly DraftRoute[] {
  const used = new Set<string>()
  return routes.map((route) => {
    const base = nameFrom(route.tag ?? 'untagged')
    let name = base
    for (let count = 2; used.has(name); count++) name = `${base}-${count}`
    used.add(name)
    return { ...route, name }
  })
}

/** Long names are cut so that a number still fits into the 64 characters of a name. */
const MAX_NAME = 56

/** A name of a policy, out of any text. */
export function nameFrom(text: string): string {
  const plain = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
  return plain.slice(0, MAX_NAME).replace(/-+$/, '') || 'api'
}
