/**
 * Ranges that no caller on the internet has (IANA special-purpose registries, RFC 6890 and its updates). Each
 * stands for itself: who lists one has copied an example, or counts on addresses that stay inside a network.
 */
import { parseEntry } from '../base/interval.ts'
import { type Bounds, boundsOf, covers } from './bounds.ts'

const ranges: readonly (readonly [range: string, what: string])[] = [
  ['0.0.0.0/8', 'reserved for hosts that have no address yet'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'used inside the networks of providers'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local'],
  ['172.16.0.0/12', 'private'],
  ['192.0.2.0/24', 'for documentation'],
  ['192.168.0.0/16', 'private'],
  ['198.18.0.0/15', 'for benchmarks'],
  ['198.51.100.0/24', 'for documentation'],
  ['203.0.113.0/24', 'for documentation'],
  ['::1', 'loopback'],
  ['2001:db8::/32', 'for documentation'],
  ['3fff::/20', 'for documentation'],
  ['fc00::/7', 'private'],
  ['fe80::/10', 'link-local'],
]

const known = ranges.flatMap(([text, what]) => {
  const entry = parseEntry(text)
  return entry.ok ? [{ text, what, bounds: boundsOf(entry.value) }] : []
})

/** The range that the whole entry lies in, and what it is for. */
export const specialRange = (bounds: Bounds): { readonly text: string; readonly what: string } | undefined =>
  known.find((range) => covers(range.bounds, bounds))
