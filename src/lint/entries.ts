/** Rules about one entry of a list: L102, L106, L108, L109, L110. */
import { formatInterval, parseEntry } from '../base/interval.ts'
import { follow, placeOfValue } from '../source/cursor.ts'
import { type Bounds, boundsOf, covers, sizeOf } from './bounds.ts'
import { type Finding, found } from './finding.ts'
import { type WrittenEntry, writtenEntries } from './lists.ts'
import { specialRange } from './special.ts'
import type { LintRule, Subject } from './subject.ts'

/** More than a /8, or a /19: the largest blocks that registries gave to one holder. */
const MOST: Readonly<Record<4 | 6, bigint>> = { 4: 2n ** 24n, 6: 2n ** 109n }
const ALL: Readonly<Record<4 | 6, bigint>> = { 4: 2n ** 32n, 6: 2n ** 128n }

const isWide = (bounds: Bounds): boolean => sizeOf(bounds) > MOST[bounds.family]

/** L102. A wide deny entry is a decision of its own; a wide allow entry is a list that does nothing. */
export const wideEntries: LintRule = (subject) =>
  writtenEntries(subject, ['allow'])
    .filter(({ bounds }) => isWide(bounds))
    .map(({ text, place, bounds }) => {
      const family = bounds.family === 4 ? 'IPv4' : 'IPv6'
      const isAll = sizeOf(bounds) === ALL[bounds.family]
      const message = isAll
        ? `${text} is every ${family} address`
        : `${text} is wider than any one holder’s ${family} network`
      const help = isAll
        ? 'list the networks that call, or write `allow_list: any`'
        : 'list the networks that call'
      return found('L102', place, message, { help })
    })

/** L106 and L109: what is written is not what is meant, and there is one way to write what is meant. */
export const oddSpellings: LintRule = (subject) => allTexts(subject).flatMap(oddSpelling)

function oddSpelling({ text, place }: Pick<WrittenEntry, 'text' | 'place'>): Finding[] {
  const entry = parseEntry(text)
  if (!entry.ok) return []
  const write = formatInterval(entry.value)
  const more = { help: `write ${write}`, fix: { kind: 'replace', text: write } as const }
  const { hostBits, mapped } = entry.value
  if (mapped) {
    return [
      found('L109', place, `${text} is written as IPv6 and means the IPv4 ${kindOf(write)} ${write}`, more),
    ]
  }
  return hostBits ? [found('L106', place, `${text} has host bits set; it means ${write}`, more)] : []
}

const kindOf = (text: string): string =>
  text.includes('/') ? 'network' : text.includes('-') ? 'range' : 'address'

/** In lists, and in networks whether a list uses them or not. */
function allTexts(subject: Subject): readonly Pick<WrittenEntry, 'text' | 'place'>[] {
  const ofNetworks = subject.names.networks.all.flatMap(({ value, at }) =>
    value.map((text, index) => ({ text, place: placeOfValue(follow(at, index)) })),
  )
  return [...writtenEntries(subject, ['allow', 'deny']), ...ofNetworks]
}

/** L108. In a deny list such a range is harmless. */
export const specialEntries: LintRule = (subject) =>
  writtenEntries(subject, ['allow']).flatMap(({ text, place, bounds }) => {
    const range = specialRange(bounds)
    if (range === undefined) return []
    const what = range.text === text ? range.what : `${range.what} (${range.text})`
    return found('L108', place, `${text} is ${what}; no request from the internet has such an address`, {
      help: 'list the address that the gateway sees, which is the one on the internet',
    })
  })

/**
 * What the edge shows as caller where a Worker of another zone calls (Cloudflare: HTTP headers, CF-Connecting-IP in
 * Worker subrequests; threat A11).
 */
const OTHER_ZONES = '2a06:98c0:3600::103'

/** L110. An entry so wide that L102 finds it is not named twice. */
export const foreignWorkers: LintRule = (subject) => {
  const address = parseEntry(OTHER_ZONES)
  if (!address.ok) return []
  const theirs = boundsOf(address.value)
  return writtenEntries(subject, ['allow'])
    .filter(({ bounds }) => covers(bounds, theirs) && !isWide(bounds))
    .map(({ text, place }) => {
      const holds = text === OTHER_ZONES ? 'is' : `holds ${OTHER_ZONES},`
      return found('L110', place, `${text} ${holds} the address that everybody’s Workers call from`, {
        help: 'delete it: anybody can have a Worker',
      })
    })
}
