/**
 * All addresses, sorted by how the lists of both policies judge them. A decision looks at an address through these
 * lists and in no other way, so one address of each sort stands for all of it.
 */
import type { IpAddress } from '../base/address.ts'
import type { Interval } from '../base/interval.ts'
import type { AddressLists } from '../network/config.ts'
import { firstAddress, piecesOf, setsOf } from '../network/pieces.ts'
import { judge } from '../network/stage.ts'

export type Behaviour = {
  /** The verdicts, one for each of the lists. */
  readonly key: string
  readonly intervals: readonly Interval[]
  /** Whether a request without a readable address is of this sort. */
  readonly isBlind: boolean
  /** One of them; undefined where no address is of the sort. */
  readonly address: IpAddress | undefined
}

/** @param lists - undefined where a policy has none at that place */
export function behavioursOf(lists: readonly (AddressLists | undefined)[]): readonly Behaviour[] {
  const keyOf = (address: IpAddress | undefined): string =>
    lists.map((each) => (each === undefined ? '' : judge(each, address))).join(' ')
  const cuts = lists.flatMap((each) => (each === undefined ? [] : setsOf(each)))
  const byKey = new Map<string, Interval[]>()
  for (const piece of piecesOf(cuts)) {
    const key = keyOf(firstAddress(piece))
    const known = byKey.get(key)
    if (known) known.push(piece)
    else byKey.set(key, [piece])
  }
  const blind = keyOf(undefined)
  const found = [...byKey].map(([key, intervals]): Behaviour => {
    const [first] = intervals
    return { key, intervals, isBlind: key === blind, address: first && firstAddress(first) }
  })
  return byKey.has(blind)
    ? found
    : [...found, { key: blind, intervals: [], isBlind: true, address: undefined }]
}
