/** What to write instead of an address that cannot be read, or must not be. */
import type { EntryProblem } from '../base/interval.ts'

/** Undefined where there is nothing to add to saying that the text is no address. */
export function remedyFor(why: EntryProblem): string | undefined {
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

/** Of an address that reads well, and that no request is known to come from (`isCallers` in base/address.ts). */
export const noCaller = (text: string): string =>
  `no request comes from ${text}: Cloudflare puts 240.0.0.0/4 in the place of IPv6 addresses, so the gateway reads none`
