/** How an address stood against lists, in words and with the place of the entry that decided. */
import { formatAddress, type IpAddress } from '../base/address.ts'
import { formatInterval, type Interval } from '../base/interval.ts'
import type { AddressLists } from '../network/config.ts'
import { intervalsOf } from '../network/pieces.ts'
import type { ListSource, ListSources, Sources } from '../policy/sources.ts'
import type { Place } from '../source/text.ts'
import type { Asked } from './trace.ts'

export type Words = { readonly words: string; readonly place: Place | undefined }

/** An entry, from the policy file or, for a client that is in none, from the compiled ranges. */
type Entry = { readonly text: string; readonly interval: Interval; readonly place?: Place }

/** More entries than these are counted and not shown. */
const MAX_SHOWN = 6

/** Of an address that was let in: the entry it is on. */
export function admittedWords(asked: Asked, address: IpAddress | undefined, sources: Sources): Words {
  const source = sourceOf(asked, sources)
  if (asked.lists.allow === 'any') {
    return { words: `${ownersOf(asked)}allow_list is \`any\``, place: source?.allow?.place }
  }
  const entry = address && entryWith(address, entriesOf(source?.allow, asked.lists.allow))
  const words = `${addressText(address)} is in ${ownersOf(asked)}${entry?.text ?? 'the allow_list'}`
  return { words, place: entry?.place ?? source?.allow?.place }
}

/** Of an address that was turned away: the entry that denies it, or the entries it is not on. */
export function refusedWords(
  asked: Asked,
  reason: 'address_denied' | 'address_not_allowed',
  address: IpAddress | undefined,
  sources: Sources,
): Words {
  const source = sourceOf(asked, sources)
  const owner = asked.of.name
  if (address === undefined) {
    const list = reason === 'address_denied' ? source?.deny : source?.allow
    return { words: `no readable address, so no list of ${owner} admits it`, place: list?.place }
  }
  const text = formatAddress(address)
  if (reason === 'address_denied') {
    const entry = entryWith(address, entriesOf(source?.deny, asked.lists.deny))
    const named = entry === undefined ? '' : `: ${entry.text}`
    return { words: `${text} is on ${owner}'s deny_list${named}`, place: entry?.place ?? source?.deny?.place }
  }
  const entries = shown(entriesOf(source?.allow, asked.lists.allow))
  const words = `${text} is on none of ${owner}'s allow_list entries (${entries})`
  return { words, place: source?.allow?.place }
}

/** Of an address that nobody has told: the entries that would do, and those that would not. */
export function neededWords(asked: Asked, sources: Sources): Words {
  const source = sourceOf(asked, sources)
  const denied = entriesOf(source?.deny, asked.lists.deny)
  const except = denied.length === 0 ? '' : `, and not from ${shown(denied)}`
  if (asked.lists.allow === 'any') {
    return { words: `from any address${except}`, place: (source?.deny ?? source?.allow)?.place }
  }
  const allowed = shown(entriesOf(source?.allow, asked.lists.allow))
  return { words: `from ${ownersOf(asked)}${allowed}${except}`, place: source?.allow?.place }
}

function sourceOf({ of: { kind, name } }: Asked, sources: Sources): ListSources | undefined {
  switch (kind) {
    case 'upstream':
      return sources.upstreams.get(name)
    case 'route':
      return sources.routes.get(name)
    case 'client':
      return sources.clients.get(name)
  }
}

/** The client is named by the step before; the upstream's and the route's lists are told apart here. */
const ownersOf = ({ of: { kind, name } }: Asked): string => (kind === 'client' ? '' : `${name}'s `)

function entriesOf(source: ListSource | undefined, compiled: AddressLists['allow']): readonly Entry[] {
  if (source !== undefined && source.entries !== 'any') return source.entries
  return compiled === 'any'
    ? []
    : intervalsOf(compiled).map((interval) => ({ text: formatInterval(interval), interval }))
}

const entryWith = (address: IpAddress, entries: readonly Entry[]): Entry | undefined =>
  entries.find(({ interval }) => isInside(interval, address))

function isInside(interval: Interval, address: IpAddress): boolean {
  if (interval.family === 4) {
    return address.family === 4 && interval.from <= address.value && address.value <= interval.to
  }
  return address.family === 6 && interval.from <= address.value && address.value <= interval.to
}

function shown(entries: readonly Entry[]): string {
  const texts = entries.slice(0, MAX_SHOWN).map(({ text }) => text)
  const more = entries.length - texts.length
  return more > 0 ? `${texts.join(', ')} and ${more} more` : texts.join(', ')
}

const addressText = (address: IpAddress | undefined): string =>
  address === undefined ? 'the caller' : formatAddress(address)
