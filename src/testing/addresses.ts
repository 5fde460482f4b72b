/** Addresses that a test may call from where it names none. */
import { formatAddress, type IpAddress, parseAddress } from '../base/address.ts'
import type { AddressLists, Ranges } from '../network/config.ts'
import { judge } from '../network/stage.ts'

/** Looked at first, so that traces show addresses that are plainly made up (RFC 5737, RFC 3849). */
const preferred: readonly IpAddress[] = ['192.0.2.1', '203.0.113.1', '2001:db8::1'].flatMap((text) => {
  const address = parseAddress(text)
  return address.ok ? [address.value] : []
})

/** The first address of each family. */
const lowest: readonly IpAddress[] = [
  { family: 4, value: 0 },
  { family: 6, value: '0'.repeat(32) },
]

/**
 * An address that all of the lists admit, and not `besides`; undefined when there is none.
 *
 * What is admitted begins at an allowed bound or right after a denied one, so these and their neighbours are all
 * that need to be tried.
 */
export function admittedAddress(lists: readonly AddressLists[], besides?: IpAddress): IpAddress | undefined {
  const starts = [...lowest, ...lists.flatMap(startsOf)]
  const candidates = [...preferred, ...starts, ...starts.flatMap(after)]
  return candidates.find(
    (address) =>
      lists.every((list) => judge(list, address) === 'admitted') && !(besides && isSame(address, besides)),
  )
}

function startsOf({ allow, deny }: AddressLists): readonly IpAddress[] {
  const allowed = allow === 'any' ? [] : bounds(allow, 'from')
  return [...allowed, ...bounds(deny, 'to').flatMap(after)]
}

function bounds({ v4, v6 }: Ranges, which: 'from' | 'to'): readonly IpAddress[] {
  const parity = which === 'from' ? 0 : 1
  const of4 = v4.filter((_, at) => at % 2 === parity).map((value): IpAddress => ({ family: 4, value }))
  const of6 = v6.filter((_, at) => at % 2 === parity).map((value): IpAddress => ({ family: 6, value }))
  return [...of4, ...of6]
}

/** The next address; none after the last. */
function after(address: IpAddress): readonly IpAddress[] {
  if (address.family === 4) return address.value < 0xffffffff ? [{ family: 4, value: address.value + 1 }] : []
  const value = (BigInt(`0x${address.value}`) + 1n).toString(16).padStart(32, '0')
  return value.length === 32 ? [{ family: 6, value }] : []
}

const isSame = (a: IpAddress, b: IpAddress): boolean => formatAddress(a) === formatAddress(b)

/** The set of just this address. */
export const only = (address: IpAddress | undefined): Ranges => ({
  v4: address?.family === 4 ? [address.value, address.value] : [],
  v6: address?.family === 6 ? [address.value, address.value] : [],
})
