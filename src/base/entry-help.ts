/** What to tell the person whose list entry was refused. Each text says what to type, or why it is not taken. */
import type { EntryProblem } from './interval.ts'

/** No default: a new problem does not compile until it has its words. */
export function entryHelp(problem: EntryProblem): string {
  switch (problem.kind) {
    case 'empty':
      return 'write an address, a range a-b or a network a/b; delete the entry if none is meant'
    case 'blank':
      return 'an entry holds no blanks, at its ends neither'
    case 'leading_zero':
      return `some programs read a leading zero as octal, so \`${problem.part}\` is not accepted`
    case 'hexadecimal':
      return `write \`${problem.part}\` in decimal`
    case 'octet_too_large':
      return `\`${problem.part}\` is above 255`
    case 'octet_count':
      return `an IPv4 address has four parts, this one ${problem.found}; programs differ in what they fill in`
    case 'zone_id':
      return 'leave out the zone id: it names an interface of one machine'
    case 'brackets':
      return 'write the address without brackets'
    case 'port':
      return 'write the address without a port'
    case 'two_gaps':
      return '`::` may stand once in an address'
    case 'group':
      return `\`${problem.part}\` is not one to four hex digits`
    case 'group_count':
      return 'an IPv6 address has eight groups; `::` stands for one or more groups of zeros'
    case 'not_an_address':
      return 'host names, wildcards and netmasks are not accepted'
    case 'prefix_missing':
      return 'write the prefix length after the slash, or leave out the slash'
    case 'prefix_malformed':
      return 'after the slash stands the prefix length, in plain decimal digits'
    case 'prefix_too_long':
      return `an ${problem.longest === 32 ? 'IPv4' : 'IPv6'} network ends at /${problem.longest}`
    case 'mapped_prefix_too_short':
      return 'a mapped network starts at /96; write `0.0.0.0/0` if every IPv4 address is meant'
    case 'range_end_missing':
      return 'write the last address after the dash, or leave out the dash'
    case 'range_mixed_families':
      return 'both ends of a range are IPv4, or both are IPv6'
    case 'range_reversed':
      return 'write the lower address first'
  }
}
