/** The benchmarks with the smallest numbers: that they run, find every answer right and write their figures. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { projectRoot } from '../../src/cli/runtime/bundle.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-bench-test-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function bench(script: string, ...args: string[]): Promise<Record<string, unknown>> {
  const out = join(folder, `${script}.json`)
  const child = spawn(process.execPath, [join(projectRoot, 'bench', script), '--out', out, ...args])
  let printed = ''
  child.stdout.on('data', (chunk) => (printed += chunk))
  child.stderr.on('data', (chunk) => (printed += chunk))
  const code = await new Promise((resolve) => child.once('close', resolve))
  expect(code, printed).toBe(0)
  return JSON.parse(await readFile(out, 'utf8'))
}

const figure = expect.any(Number)

test('run.ts', { timeout: 120_000 }, async () => {
  const args = ['--rounds', '1', '--seconds', '1', '--sides', 'bare,gateway', '--count', '0']
  expect(await bench('run.ts', '--only', 'address_403', ...args)).toMatchObject({
    address_403: { gateway_rps: figure, bare_rps: figure, ratio: figure, rounds: 1 },
  })
})

test('decide.ts', { timeout: 120_000 }, async () => {
  expect(await bench('decide.ts', '--rounds', '1', '--ms', '30', '--most-clients', '10')).toMatchObject({
    decide: {
      routes_10_clients_10: { gateway_us: figure, casbin_us: figure, cedar_us: figure, linear_us: figure },
    },
  })
})

test('start.ts', { timeout: 120_000 }, async () => {
  expect(await bench('start.ts', '--rounds', '1', '--most-clients', '9')).toMatchObject({
    start: { bare: { ms: figure }, packs: { ms: figure, times_bare: figure, policy_load_cpu_ms: figure } },
  })
})
