/** Allow and deny lists: entries and names of networks in, sorted intervals out. */
import { type EntryProblem, parseEntry } from '../base/interval.ts'
import { ok, type Result } from '../base/result.ts'
import type { AddressLists } from '../network/config.ts'
import { toRanges } from '../network/ranges.ts'
import { type Cursor, find, follow, placeOfKey, placeOfValue } from '../source/cursor.ts'
import { errorAt, type Problem } from '../source/problem.ts'
import type { Dictionary } from './definitions.ts'
import { remedyFor } from './remedies.ts'
import type { ListEntry, ListSource, ListSources } from './sources.ts'

/** The named networks, each read once, however many clients name it. */
export type Networks = {
  readonly entriesOf: (name: string) => readonly ListEntry[] | undefined
  readonly names: Dictionary<readonly string[]>
}

/** Reads `networks:`. A network holds addresses and no other networks, so its size can be seen where it stands. */
export function readNetworks(names: Dictionary<readonly string[]>, problems: Problem[]): Networks {
  const entries = new Map<string, readonly ListEntry[]>()
  for (const { name, value, at } of names.all) {
    if (name === 'any') {
      problems.push(errorAt('P0105', placeOfKey(at), '`any` means every address and cannot name a network'))
    }
    entries.set(
      name,
      value.flatMap((text, index) => {
        const item = follow(at, index)
        const entry = parseEntry(text)
        if (entry.ok) return [{ text, interval: entry.value, place: placeOfValue(item) }]
        problems.push(notAnEntry(text, item, entry.error, names, false))
        return []
      }),
    )
  }
  return { entriesOf: (name) => entries.get(name), names }
}

export type ListFields = {
  readonly allow_list?: 'any' | readonly string[] | undefined
  readonly deny_list?: readonly string[] | undefined
}

/**
 * Reads the two lists of a client, an upstream or a route.
 *
 * @param at - the entry that has them
 * @returns no lists where it has none; a deny list alone turns away whom it names and nobody else
 */
export function readLists(
  fields: ListFields,
  at: Cursor,
  networks: Networks,
  problems: Problem[],
): { readonly lists?: AddressLists; readonly sources: ListSources } {
  const { allow_list: allowed, deny_list: denied } = fields
  if (allowed === undefined && denied === undefined) return { sources: {} }
  const allow = allowed && readList(allowed, at, 'allow_list', networks, problems)
  const deny = denied && readList(denied, at, 'deny_list', networks, problems)
  const lists = {
    allow: allow === undefined || allow.entries === 'any' ? ('any' as const) : rangesOf(allow),
    deny: rangesOf(deny),
  }
  return { lists, sources: { ...(allow && { allow }), ...(deny && { deny }) } }
}

const rangesOf = (list: ListSource | undefined) =>
  toRanges(list === undefined || list.entries === 'any' ? [] : list.entries.map(({ interval }) => interval))

function readList(
  field: 'any' | readonly string[],
  owner: Cursor,
  name: 'allow_list' | 'deny_list',
  networks: Networks,
  problems: Problem[],
): ListSource {
  const at = follow(owner, name)
  const place = placeOfValue(at)
  if (typeof field === 'string') return { place, entries: 'any' }
  const entries = field.flatMap((text, index) => {
    const item = find(at, [index]) ?? at
    const read = readEntry(text, item, networks)
    if (read.ok) return read.value
    problems.push(read.error)
    return []
  })
  return { place, entries }
}

/** A name stands for the entries of its network; one of a network that is not well formed for none. */
function readEntry(text: string, at: Cursor, networks: Networks): Result<readonly ListEntry[], Problem> {
  const named = networks.entriesOf(text)
  const place = placeOfValue(at)
  if (named) return ok(named.map((entry) => ({ ...entry, network: { name: text, place } })))
  if (networks.names.knows(text)) return ok([])
  const entry = parseEntry(text)
  if (entry.ok) return ok([{ text, interval: entry.value, place }])
  return { ok: false, error: notAnEntry(text, at, entry.error, networks.names, true) }
}

function notAnEntry(
  text: string,
  at: Cursor,
  why: EntryProblem,
  names: Dictionary<readonly string[]>,
  namesToo: boolean,
): Problem {
  const kinds = namesToo
    ? 'neither an address, a range a-b, a network a/b nor a name under `networks:`'
    : 'neither an address, a range a-b nor a network a/b'
  const meant = namesToo ? names.didYouMean(text).help : undefined
  const isWord = /^[a-z_][\w.-]*$/i.test(text) && why.kind !== 'range_end_missing'
  const help = isWord ? (anyWord(text) ?? meant) : remedyFor(why)
  return errorAt('P0301', placeOfValue(at), `\`${text}\` is ${kinds}`, help === undefined ? {} : { help })
}

const anyWord = (text: string): string | undefined =>
  text === 'any' ? 'write `allow_list: any`, without a list' : undefined
