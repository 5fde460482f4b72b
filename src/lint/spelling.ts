/** Addresses of lists in the one spelling that each of them has: RFC 5952, and decimals for IPv4. */
import { formatAddress, parseAddress } from '../base/address.ts'
import { parseEntry } from '../base/interval.ts'
import { follow, placeOfValue } from '../source/cursor.ts'
import { endsInColon } from '../source/node.ts'
import type { Place, SourceText } from '../source/text.ts'
import { ownedLists } from './lists.ts'
import type { Subject } from './subject.ts'

type Written = { readonly text: string; readonly place: Place }

/** The text of the file with the addresses of its lists and networks respelled. The places are those of `source`. */
export function respelled(source: SourceText, subject: Pick<Subject, 'sources' | 'names'>): string {
  const edits = new Map(
    entriesIn(subject)
      .filter(({ place }) => place.file === source.path)
      .map(({ text, place }) => [
        (source.lineStarts[place.line - 1] ?? 0) + place.column - 1,
        { text, place },
      ]),
  )
  let result = source.text
  for (const [from, { text, place }] of [...edits].toSorted(([a], [b]) => b - a)) {
    const to = from + place.length
    result = result.slice(0, from) + written(source.text.slice(from, to), canonical(text)) + result.slice(to)
  }
  return result
}

function entriesIn({ sources, names }: Pick<Subject, 'sources' | 'names'>): readonly Written[] {
  const ofLists = ownedLists({ sources }).flatMap(({ sources: { allow, deny } }) =>
    [allow, deny].flatMap((list) => (list === undefined || list.entries === 'any' ? [] : list.entries)),
  )
  const ofNetworks = names.networks.all.flatMap(({ value, at }) =>
    value.map((text, index) => ({ text, place: placeOfValue(follow(at, index)) })),
  )
  return [...ofLists, ...ofNetworks]
}

/** The ends of a range and the prefix of a network stay: what they mean is for `lint`. So do mapped addresses. */
function canonical(text: string): string {
  const entry = parseEntry(text)
  if (!entry.ok || entry.value.mapped) return text
  return text
    .split(/([-/])/)
    .map((part) => {
      const address = parseAddress(part)
      return address.ok ? formatAddress(address.value) : part
    })
    .join('')
}

/** In the quotes that it had; in new ones where YAML would take it for a key. */
function written(before: string, text: string): string {
  const quote = /^["']/.exec(before)?.[0] ?? (endsInColon(text) ? '"' : '')
  return quote + text + quote
}
