import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { IpAddress } from '../../src/base/address.ts'
import type { AddressLists } from '../../src/network/config.ts'
import { toRanges } from '../../src/network/ranges.ts'
import { judge } from '../../src/network/stage.ts'
import { admittedAddress } from '../../src/testing/addresses.ts'

/** Lists over the sixteen lowest and the sixteen highest addresses of a family. */
const addressOf = (family: 4 | 6, low: number, isHigh: boolean): IpAddress => {
  const highest = family === 4 ? 0xffffffffn : 2n ** 128n - 1n
  const value = isHigh ? highest - BigInt(low) : BigInt(low)
  return family === 4
    ? { family, value: Number(value) }
    : { family, value: value.toString(16).padStart(32, '0') }
}

const address = fc
  .tuple(fc.constantFrom<4 | 6>(4, 6), fc.nat({ max: 15 }), fc.boolean())
  .map((parts) => addressOf(...parts))
const interval = fc
  .tuple(address, address)
  .filter(([a, b]) => a.family === b.family)
  .map(([a, b]) => {
    const [from, to] = a.value < b.value ? [a, b] : [b, a]
    return from.family === 4 && to.family === 4
      ? ({ family: 4, from: from.value, to: to.value } as const)
      : ({ family: 6, from: String(from.value), to: String(to.value) } as const)
  })
const ranges = fc.array(interval, { maxLength: 3 }).map(toRanges)
const lists: fc.Arbitrary<AddressLists> = fc.record({
  allow: fc.oneof(fc.constant('any' as const), ranges),
  deny: ranges,
})

const corners = ([4, 6] as const).flatMap((family) =>
  Array.from({ length: 17 }, (_, low) => [
    addressOf(family, low, false),
    addressOf(family, low, true),
  ]).flat(),
)

test('an address is admitted by all lists, and is found whenever there is one', () => {
  fc.assert(
    fc.property(fc.array(lists, { maxLength: 2 }), fc.option(address, { nil: undefined }), (all, besides) => {
      const isFit = (each: IpAddress): boolean =>
        all.every((list) => judge(list, each) === 'admitted') &&
        !(each.family === besides?.family && each.value === besides.value)
      const found = admittedAddress(all, besides)
      expect(found !== undefined).toBe(corners.some(isFit))
      if (found) expect(isFit(found)).toBe(true)
    }),
  )
})

test('without lists it is an address that is plainly made up', () => {
  expect(admittedAddress([])).toEqual({ family: 4, value: 0xc0000201 })
})
