/** All files put together by union: each name once, whatever file it stands in. */
import { type Cursor, follow, placeOfKey, placeOfValue } from '../source/cursor.ts'
import { didYouMean } from '../source/near.ts'
import { errorAt, type Problem } from '../source/problem.ts'
import type { PolicyFile } from './file.ts'
import type { PolicyDocument } from './schema.ts'

/** An entry of a block, with its name and where it is. */
export type Defined<T> = { readonly name: string; readonly value: T; readonly at: Cursor }

/** Everything that one block defines, over all files. */
export type Dictionary<T> = {
  /** Sorted by name, so that no order of lines or files has a meaning. */
  readonly all: readonly Defined<T>[]
  readonly find: (name: string) => Defined<T> | undefined
  /** Whether the name is defined at all, be it in an entry that is not well formed. */
  readonly knows: (name: string) => boolean
  readonly didYouMean: (name: string) => { readonly help?: string }
}

/**
 * @param kind - what the entries are called in messages
 * @param problems - takes a P0201 for every name after its first definition
 */
export function definitions<T>(
  files: readonly PolicyFile[],
  block: keyof PolicyDocument,
  entries: (document: PolicyDocument) => Readonly<Record<string, T>> | undefined,
  kind: string,
  problems: Problem[],
): Dictionary<T> {
  const all = files.flatMap((file) => entriesOf(file, block, entries(file.document)))
  return dictionary(all, damagedNames(files, block), kind, problems)
}

/** The entries of one block of one file. */
export const entriesOf = <T>(
  { root }: PolicyFile,
  block: string,
  entries: Readonly<Record<string, T>> | undefined,
): Defined<T>[] =>
  Object.entries(entries ?? {}).map(([name, value]) => ({ name, value, at: follow(root, block, name) }))

export const damagedNames = (files: readonly PolicyFile[], block: string): ReadonlySet<string> =>
  new Set(files.flatMap(({ damaged }) => [...(damaged.get(block) ?? [])]))

export function dictionary<T>(
  defined: readonly Defined<T>[],
  damaged: ReadonlySet<string>,
  kind: string,
  problems: Problem[],
): Dictionary<T> {
  const byName = new Map<string, Defined<T>>()
  for (const entry of defined) {
    const first = byName.get(entry.name)
    if (first === undefined) byName.set(entry.name, entry)
    else problems.push(definedTwice(`${kind} \`${entry.name}\``, first.at, entry.at))
  }
  return {
    all: [...byName.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    find: (name) => byName.get(name),
    knows: (name) => byName.has(name) || damaged.has(name),
    didYouMean: (name) => didYouMean(name, byName.keys()),
  }
}

export const definedTwice = (what: string, first: Cursor, second: Cursor): Problem =>
  errorAt('P0201', placeOfKey(second), `${what} is defined twice`, {
    help: 'keep one of them, or rename it',
    also: [{ place: placeOfKey(first), label: 'first' }],
  })

/** For a word that should be a name of the dictionary: a problem, or nothing. */
export function unknownName<T>(
  names: Dictionary<T>,
  name: string,
  at: Cursor,
  code: Problem['code'],
  message: string,
): Problem[] {
  return names.knows(name) ? [] : [errorAt(code, placeOfValue(at), message, names.didYouMean(name))]
}
