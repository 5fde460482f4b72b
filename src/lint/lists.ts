/** The allow and deny lists of a policy, as the rules about addresses look at them. */
import { parseEntry } from '../base/interval.ts'
import type { ListSource, ListSources } from '../policy/sources.ts'
import { find, placeOfValue } from '../source/cursor.ts'
import type { Place } from '../source/text.ts'
import { type Bounds, boundsOf } from './bounds.ts'
import type { Subject } from './subject.ts'

/** The two lists of a client, an upstream or a route. */
export type OwnedLists = {
  /** As a sentence names it: `crm-sync`, upstream `akamai`, route `akamai/users`. */
  readonly owner: string
  readonly sources: ListSources
}

export function ownedLists({ sources }: Pick<Subject, 'sources'>): readonly OwnedLists[] {
  const of = (all: ReadonlyMap<string, ListSources>, kind: string): OwnedLists[] =>
    [...all].map(([name, lists]) => ({ owner: `${kind}\`${name}\``, sources: lists }))
  return [...of(sources.clients, ''), ...of(sources.upstreams, 'upstream '), ...of(sources.routes, 'route ')]
}

/** An item of a list: an entry, or the name of a network with all that it stands for. */
export type ListItem = {
  readonly text: string
  /** As a sentence names it; networks in backticks. */
  readonly label: string
  readonly place: Place
  readonly bounds: readonly Bounds[]
}

/** @param list - `any` and no list have no items */
export function itemsOf(list: ListSource | undefined): readonly ListItem[] {
  if (list === undefined || list.entries === 'any') return []
  const items = new Map<string, ListItem>()
  for (const { text, interval, place, network } of list.entries) {
    const at = network?.place ?? place
    const key = keyOf(at)
    const label = network ? `\`${network.name}\`` : text
    const known = items.get(key) ?? { text: network?.name ?? text, label, place: at, bounds: [] }
    items.set(key, { ...known, bounds: [...known.bounds, boundsOf(interval)] })
  }
  return [...items.values()]
}

/** The entries of each network, since it is in the network that they are mended. */
export const networkItems = ({ names }: Subject): readonly (readonly ListItem[])[] =>
  names.networks.all.map(({ value, at }) =>
    value.flatMap((text, index): ListItem[] => {
      const item = find(at, [index])
      const entry = parseEntry(text)
      if (item === undefined || !entry.ok) return []
      return [{ text, label: text, place: placeOfValue(item), bounds: [boundsOf(entry.value)] }]
    }),
  )

/** An address as it is written somewhere, and what it means. */
export type WrittenEntry = { readonly text: string; readonly place: Place; readonly bounds: Bounds }

/** Each entry of the lists once, where it is written, however many lists use it by the name of its network. */
export function writtenEntries(
  subject: Subject,
  sides: readonly ('allow' | 'deny')[],
): readonly WrittenEntry[] {
  const entries = ownedLists(subject).flatMap(({ sources }) =>
    sides.flatMap((side) => {
      const list = sources[side]
      return list === undefined || list.entries === 'any' ? [] : list.entries
    }),
  )
  const unique = new Map(entries.map((entry) => [keyOf(entry.place), entry]))
  return [...unique.values()].map(({ text, place, interval }) => ({
    text,
    place,
    bounds: boundsOf(interval),
  }))
}

const keyOf = ({ file, line, column }: Place): string => JSON.stringify([file, line, column])
