/** What is compared must decide alike; only then is the slower one slower. */
import { expect, test } from 'vitest'
import { casbinContender, tunedCasbinContender } from '../../../bench/decide/casbin.ts'
import { cedarContender } from '../../../bench/decide/cedar.ts'
import { gatewayContender } from '../../../bench/decide/gateway.ts'
import { linearContender } from '../../../bench/decide/linear.ts'
import { mustAgree } from '../../../bench/decide/timing.ts'
import { ASKS, makeWorld } from '../../../bench/decide/world.ts'

const large = makeWorld(24, 20)
const world = { ...large, asks: large.asks.slice(0, 300) }

test('there are as many requests as are cycled through, and each way to be refused', () => {
  expect(large.asks).toHaveLength(ASKS)
  expect(large.refused).toHaveLength(2)
})

test.each([
  ['gateway', gatewayContender],
  ['casbin', casbinContender],
  ['casbin_tuned', tunedCasbinContender],
  ['cedar', cedarContender],
  ['linear', linearContender],
])('%s allows what is allowed, refuses another address and a missing feature', async (name, make) => {
  const contender = await make(world)
  expect(contender.name).toBe(name)
  await mustAgree(contender, world)
})

test.each([true, false])('whatever answers %s to everything is found out', async (allowed) => {
  await expect(mustAgree({ name: 'constant', decide: () => allowed }, world)).rejects.toThrow('wrongly')
})
