/**
 * That `attack` can see: on a gateway with one hole it finds that hole, by the rows that are about it, and on one
 * without it finds nothing.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Attack } from '../../src/attack/attack.ts'
import { attacksOn } from '../../src/attack/corpus/all.ts'
import { type Scene, sceneOf } from '../../src/attack/scene.ts'
import { type EchoUpstream, startEcho } from '../../src/cli/attack/echo-upstream.ts'
import { carryOut } from '../../src/cli/attack/run.ts'
import { startNaive } from '../support/naive/gateway.ts'
import { holesOf } from '../support/naive/holes.ts'
import type { Parts } from '../support/naive/parts.ts'
import { rangeOfTest } from '../support/range.ts'

const { policy, inside } = await rangeOfTest()
const holes = holesOf(inside)

let echo: EchoUpstream
let canary: EchoUpstream
let scene: Scene
let attacks: readonly Attack[]

beforeAll(async () => {
  echo = await startEcho('echo', '127.0.0.1', 0)
  canary = await startEcho('canary', '127.0.0.1', 0)
  scene = await sceneOf(policy, {
    ...inside,
    seenAs: undefined,
    now: Date.now(),
    canary: `127.0.0.1:${canary.port}`,
  })
  attacks = await attacksOn(scene, 'gw.example')
})

afterAll(async () => {
  await echo?.close()
  await canary?.close()
})

async function found(parts: Partial<Parts>, rows?: readonly string[]) {
  const gateway = await startNaive(policy, echo.port, parts)
  const target = { peer: { host: '127.0.0.1', port: gateway.port, tls: false }, host: 'gw.example' }
  const chosen = attacks.filter(({ row }) => rows === undefined || rows.includes(row))
  const outcome = await carryOut(chosen, scene, target, { timeoutMs: 60_000 })
  await gateway.close()
  return { ...outcome, chosen }
}

test('there are more holes than thirty, each with a name of its own', () => {
  expect(new Set(holes.map(({ name }) => name)).size).toBe(holes.length)
  expect(holes.length).toBeGreaterThanOrEqual(30)
})

test('a gateway that is careful everywhere has none', { timeout: 120_000 }, async () => {
  const { findings, requests, left } = await found({})
  expect(findings.map(({ row, what, came }) => `${row} ${what}: ${came}`)).toEqual([])
  expect(left).toBe(0)
  expect(requests).toBeGreaterThan(400)
})

test.for(
  holes.flatMap(({ name, rows, parts, as }) => rows.map((row) => ({ name, row, parts, as: as ?? row }))),
)('$row: $name', { timeout: 60_000 }, async ({ row, parts, as }) => {
  const { findings, chosen } = await found(parts(), [row])
  expect(chosen.length).toBeGreaterThan(0)
  expect(findings.map((finding) => finding.row)).toContain(as)
})
