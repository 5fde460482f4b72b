/** Every attack of the corpus, on our own gateway as it is deployed: nothing gets through. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { attacksOn } from '../../src/attack/corpus/all.ts'
import { type Scene, sceneOf } from '../../src/attack/scene.ts'
import { type Demo, startDemo } from '../../src/cli/attack/demo.ts'
import { carryOut, visibility } from '../../src/cli/attack/run.ts'
import { processIo } from '../../src/cli/io.ts'
import { projectRoot } from '../../src/cli/runtime/bundle.ts'

let demo: Demo
let scene: Scene

beforeAll(async () => {
  const started = await startDemo(processIo(), inject('bundle'))
  if (!started.ok) throw new Error(started.error)
  demo = started.value
  scene = await sceneOf(demo.policy, { ...demo, seenAs: undefined, now: Date.now() })
})

afterAll(() => demo?.stop())

test('every upstream of the demonstration can be seen through the gateway', async () => {
  const seen = await visibility(scene, demo.target)
  expect([...seen].filter(([, why]) => why !== undefined)).toEqual([])
  expect(seen.size).toBe(demo.policy.upstreams.length)
})

/** Rows that can be shown from outside. The others are about a clock, an issuer or the compiler (docs/threats.md). */
const rows = [
  ...Array.from({ length: 14 }, (_, at) => `P${at + 1}`),
  ...['M1', 'M2', 'M3', 'A1', 'A2', 'A3', 'A4', 'A5', 'A7', 'A8', 'A9', 'A10', 'A11', 'A12', 'A14', 'A15'],
  ...['H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'H7', 'H8'],
  ...['T1', 'T2', 'T4', 'T5', 'T6', 'T7', 'T9', 'T10', 'T11', 'T12', 'T13', 'T14', 'T15', 'T16', 'T17'],
  ...['R1', 'R2', 'R3', 'R4', 'R6', 'F1', 'F2', 'F3', 'F4', 'F5', 'F6', 'F7', 'F8', 'F9', 'L1', 'L6'],
]

test('nothing arrives that the policy does not let through, and nothing comes back that should not', {
  timeout: 240_000,
}, async () => {
  const attacks = await attacksOn(scene, demo.target.host)
  const { findings, tried, undecided, left } = await carryOut(attacks, scene, demo.target, {
    timeoutMs: 200_000,
  })
  expect(findings.map(({ row, what, upstream, came }) => `${row} ${what} (${upstream}): ${came}`)).toEqual([])
  expect(left).toBe(0)
  expect(rows.filter((row) => !tried.has(row))).toEqual([])
  // Those of the one route that may be called once a minute.
  expect(undecided).toBeLessThan(60)
})

test('the command starts all of it by itself, and ends it', { timeout: 240_000 }, async () => {
  const child = spawn(process.execPath, [
    join(projectRoot, 'src/cli/main.ts'),
    'attack',
    '--demo',
    '--only',
    'P2,R',
  ])
  let printed = ''
  child.stdout.on('data', (chunk) => (printed += chunk))
  const code = await new Promise((resolve) => child.once('close', resolve))
  expect(printed).toMatch(/ 0 findings {3}\(/)
  expect(code).toBe(0)
})
