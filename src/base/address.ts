/**
 * IP addresses: strict text in, comparable values out.
 *
 * An IPv4 address is a 32-bit number. An IPv6 address is 32 lower-case hex digits, which compare as text in
 * the order of the 128-bit numbers they stand for. Mapped addresses (::ffff:a.b.c.d) are IPv4 everywhere.
 *
 * The parser is our own since the libraries and `URL` read `010.0.0.1`, `1.2` and `0x7f.1` each in its own
 * way (threat A9). ipaddr.js prints IPv6 here and is the second opinion of the tests, no more.
 */
import ipaddr from 'ipaddr.js'
import { fail, ok, type Result } from './result.ts'

export type IpAddress =
  | { readonly family: 4; readonly value: number }
  | { readonly family: 6; readonly value: string }

/** Why a text is no address, with what a message needs to say so. */
export type AddressProblem =
  | { readonly kind: 'empty' }
  /** A blank, tab or control character, at the ends too. */
  | { readonly kind: 'blank' }
  /** `010`: octal to some programs, decimal to others. */
  | { readonly kind: 'leading_zero'; readonly part: string }
  | { readonly kind: 'hexadecimal'; readonly part: string }
  | { readonly kind: 'octet_too_large'; readonly part: string }
  /** Not four decimals: `192.0.2` means 192.0.0.2 to some programs. */
  | { readonly kind: 'octet_count'; readonly found: number }
  | { readonly kind: 'zone_id' }
  | { readonly kind: 'brackets' }
  | { readonly kind: 'port' }
  /** More than one `::`, or `:::`. */
  | { readonly kind: 'two_gaps' }
  /** A group of an IPv6 address that is not one to four hex digits. */
  | { readonly kind: 'group'; readonly part: string }
  /** Not eight groups, or eight and a `::` that stands for none. A dotted quad counts as two. */
  | { readonly kind: 'group_count'; readonly found: number }
  | { readonly kind: 'not_an_address'; readonly text: string }

/** Eight groups of four digits with seven colons, the last two as a dotted quad: nothing longer is an address. */
const MAX_CHARACTERS = 45

/** `::ffff:0:0/96` of RFC 4291 section 2.5.5.2. */
const MAPPED = '00000000000000000000ffff'

const DOT = 0x2e
const ZERO = 0x30

const DECIMAL = /^[0-9]+$/
const GROUP = /^[0-9a-f]{1,4}$/

/**
 * Reads exactly one address: a dotted quad of plain decimals, or any text form of RFC 4291 section 2.2.
 * Nothing is trimmed or stripped, so a port, brackets, a zone id or a second address is a failure (threats A4, A5, A10).
 */
export function parseAddress(text: string): Result<IpAddress, AddressProblem> {
  const quad = quadValue(text)
  if (quad !== undefined) return ok({ family: 4, value: quad })
  if (text === '') return fail({ kind: 'empty' })
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) <= 0x20) return fail({ kind: 'blank' })
  }
  if (text.includes('[')) return fail({ kind: 'brackets' })
  if (text.includes('%')) return fail({ kind: 'zone_id' })
  if (text.length > MAX_CHARACTERS) return fail({ kind: 'not_an_address', text })
  return text.includes(':') ? parseIpv6(text) : fail(quadProblem(text))
}

/** Four decimals up to 255 without leading zeros, and nothing else. Every request has one, so it is read in one go. */
function quadValue(text: string): number | undefined {
  let value = 0
  let dots = 0
  let octet: number | undefined
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === DOT && octet !== undefined) {
      value = value * 256 + octet
      octet = undefined
      dots++
    } else {
      const digit = code - ZERO
      if (digit < 0 || digit > 9 || octet === 0) return undefined
      octet = octet === undefined ? digit : octet * 10 + digit
      if (octet > 255) return undefined
    }
  }
  return dots === 3 && octet !== undefined ? value * 256 + octet : undefined
}

/** Why `quadValue` cannot read a text. */
function quadProblem(text: string): AddressProblem {
  const parts = text.split('.')
  for (const part of parts) {
    const problem = octetProblem(part, text)
    if (problem) return problem
  }
  return { kind: 'octet_count', found: parts.length }
}

function octetProblem(part: string, text: string): AddressProblem | undefined {
  if (part.startsWith('0x') || part.startsWith('0X')) return { kind: 'hexadecimal', part }
  if (!DECIMAL.test(part)) return { kind: 'not_an_address', text }
  if (part.length > 1 && part.startsWith('0')) return { kind: 'leading_zero', part }
  return Number(part) > 255 ? { kind: 'octet_too_large', part } : undefined
}

/** Zeros fill the gap, so every spelling of an address gives the same 32 digits (threat A8). */
function parseIpv6(text: string): Result<IpAddress, AddressProblem> {
  const gap = text.indexOf('::')
  if (gap >= 0 && text.includes('::', gap + 1)) return fail({ kind: 'two_gaps' })
  if (gap < 0 && text.indexOf(':') === text.lastIndexOf(':') && text.includes('.')) {
    return fail({ kind: 'port' })
  }
  const head = gap < 0 ? ok('') : groupDigits(text.slice(0, gap), 'no_quad')
  if (!head.ok) return head
  const tail = groupDigits(gap < 0 ? text : text.slice(gap + 2), 'quad_last')
  if (!tail.ok) return tail
  const missing = 32 - head.value.length - tail.value.length
  if (gap < 0 ? missing !== 0 : missing < 4) return fail({ kind: 'group_count', found: 8 - missing / 4 })
  return ok(reduced(head.value + '0'.repeat(missing) + tail.value))
}

/** The groups as hex digits, four a group; empty text has none. */
function groupDigits(text: string, quad: 'no_quad' | 'quad_last'): Result<string, AddressProblem> {
  if (text === '') return ok('')
  const groups = text.toLowerCase().split(':')
  let digits = ''
  for (const [at, group] of groups.entries()) {
    if (quad === 'quad_last' && at === groups.length - 1 && group.includes('.')) {
      const value = quadValue(group)
      if (value === undefined) return fail(quadProblem(group))
      digits += value.toString(16).padStart(8, '0')
    } else if (GROUP.test(group)) {
      digits += group.padStart(4, '0')
    } else {
      return fail({ kind: 'group', part: group })
    }
  }
  return ok(digits)
}

/** A mapped address is its IPv4 address, else it would slip past an IPv4 deny entry (threat A7). */
const reduced = (digits: string): IpAddress =>
  digits.startsWith(MAPPED)
    ? { family: 4, value: Number.parseInt(digits.slice(MAPPED.length), 16) }
    : { family: 6, value: digits }

/** The canonical text: dotted decimals, or RFC 5952. */
export function formatAddress({ family, value }: IpAddress): string {
  if (family === 4) return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`
  const groups = Array.from({ length: 8 }, (_, at) => Number.parseInt(value.slice(at * 4, at * 4 + 4), 16))
  return new ipaddr.IPv6(groups).toRFC5952String()
}

/** The /24 or /48 around an address, as text: what the decision log says where it must not say more. */
export const prefixOf = (address: IpAddress): string =>
  address.family === 4
    ? `${formatAddress({ family: 4, value: (address.value & 0xffffff00) >>> 0 })}/24`
    : `${formatAddress({ family: 6, value: address.value.slice(0, 12).padEnd(32, '0') })}/48`

/** Class E, which Cloudflare's Pseudo IPv4 puts in place of an IPv6 address: not the caller's (threat A12). */
const PSEUDO_IPV4_FROM = 0xf0000000

/** Whether a request can be known to come from there. From anywhere else it comes from no readable address. */
export const isCallers = (address: IpAddress): boolean =>
  address.family === 6 || address.value < PSEUDO_IPV4_FROM
