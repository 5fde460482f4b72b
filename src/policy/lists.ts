/** Allow and deny lists: entries and names of networks in, sorted intervals out. */
import { type EntryProblem, parseEntry } from '../base/interval.ts'
import { ok, type Result } from '../base/result.ts'
import type { AddressLists } from '../network/config.ts'
import { toRanges } from '../network/ranges.ts'
import { type Cursor, find, follow, placeOfKey, placeOfValue } from '../source/cursor.ts'
import { errorAt, type Problem } from '../source/problem.ts'
import type { Dictionary } from './definitions.ts'
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
  const help = isWord ? (anyWord(text) ?? meant) : remedy(why)
  return errorAt('P0301', placeOfValue(at), `\`${text}\` is ${kinds}`, help === undefined ? {} : { help })
}

const anyWord = (text: string): string | undefined =>
  text === 'any' ? 'write `allow_list: any`, without a list' : undefined

/** What to write instead. The reasons that are none (`not_an_address`) say nothing that the message does not. */
function remedy(why: EntryProblem): string | undefined {
  switch (why.kind) {
    case 'empty':
      return 'delete the entry'
    case 'blank':
      return 'write it without blanks'
    case 'leading_zero':
      return 'some programs read a leading zero as octal, so it is not accepted'
    case 'hexadecimal':
      return 'write the four numbers in decimal'
    case 'octet_too_large':
      return `\`${why.part}\` is above 255`
    case 'octet_count':
      return `an IPv4 address has four numbers, and this one has ${why.found}; some programs fill in zeros, so it is not accepted`
    case 'zone_id':
      return 'a zone means something on one machine only; leave out what follows the `%`'
    case 'brackets':
      return 'leave out the brackets'
    case 'port':
      return 'leave out the port'
    case 'two_gaps':
      return '`::` may stand once'
    case 'group':
      return `\`${why.part}\` is not one to four hexadecimal digits`
    case 'group_count':
      return `an IPv6 address has eight groups, and this one has ${why.found}`
    case 'not_an_address':
      return undefined
    case 'prefix_missing':
      return 'write the length of the prefix after the slash, such as /24'
    case 'prefix_malformed':
      return `\`${why.prefix}\` is no length of a prefix; write the number of bits, such as /24`
    case 'prefix_too_long':
      return `the longest prefix is /${why.longest}`
    case 'mapped_prefix_too_short':
      return 'it would hold IPv6 addresses too; write `0.0.0.0/0` if all of IPv4 is meant'
    case 'range_end_missing':
      return 'write the last address after the dash'
    case 'range_mixed_families':
      return 'both ends must be IPv4, or both IPv6'
    case 'range_reversed':
      return 'write the lower address first'
  }
}
