import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Measured } from '../../bench/measure.ts'
import { costFigures, figuresOf, keep } from '../../bench/results.ts'

const measured = (rps: number, cpuMicrosPerRequest: number): Measured => ({
  rps,
  cpuMicrosPerRequest,
  p50Ms: 1,
  p99Ms: 2,
})

describe('the figures of a case', () => {
  const bare = [measured(1000, 100), measured(500, 110), measured(800, 100)]
  const gateway = [measured(900, 120), measured(450, 125), measured(720, 125)]

  test('a ratio is taken within a round, so that a slow round does not count against one side', () => {
    expect(figuresOf({ bare, gateway })).toMatchObject({
      gateway_rps: 720,
      bare_rps: 800,
      ratio: 0.9,
      ratio_spread: 0,
      gateway_cpu_us: 125,
      bare_cpu_us: 100,
      cpu_ratio: 0.833,
      rounds: 3,
    })
  })

  test('the peer stands beside it where it was loaded', () => {
    const figures = figuresOf({
      bare,
      gateway,
      peer: [measured(225, 500), measured(100, 500), measured(180, 500)],
    })
    expect(figures).toMatchObject({ peer_rps: 180, peer_ratio: 0.225, times_peer: 4 })
    expect(figuresOf({ bare, gateway })).not.toHaveProperty('peer_rps')
  })

  test('without /proc there are no figures of CPU time', () => {
    const figures = figuresOf({ bare: [measured(10, Number.NaN)], gateway: [measured(9, Number.NaN)] })
    expect(figures).toMatchObject({ ratio: 0.9 })
    expect(figures).not.toHaveProperty('cpu_ratio')
    expect(figures).not.toHaveProperty('gateway_cpu_us')
  })
})

describe('what a case costs', () => {
  const counts = { requests: 2000, admitted: 1000, calls: 20, rowsWritten: 10, rowsRead: 0 }

  test('calls and rows are per 1,000 requests, and calls per 1,000 admitted ones too', () => {
    expect(costFigures('', counts, 500)).toEqual({
      do_calls_per_1000: 10,
      rows_written_per_1000: 5,
      do_calls_per_1000_admitted: 20,
      // 0.30 a million requests; 0.5 ms of CPU at 0.02 a million; 10,000 calls at 0.15 and 5,000 rows at 1.00 a million.
      usd_per_million: 0.317,
      usd_per_million_objects: 0.0065,
    })
  })

  test('where nothing was admitted there is no figure for it', () => {
    const none = { ...counts, admitted: 0, calls: 0 }
    expect(costFigures('peer_', none, Number.NaN)).not.toHaveProperty('peer_do_calls_per_1000_admitted')
  })
})

describe('the file of results', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-results-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('is made when it is missing, and keeps what another benchmark has written', async () => {
    const file = join(folder, 'results.json')
    await keep({ basic_allowed: { ratio: 0.5 }, decide: { growth: 1 } }, file)
    await keep({ basic_allowed: { ratio: 0.9 } }, file)
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
      basic_allowed: { ratio: 0.9 },
      decide: { growth: 1 },
    })
  })

  test('is not thrown away when it cannot be read', async () => {
    const file = join(folder, 'damaged.json')
    await writeFile(file, '{"a":')
    await expect(keep({ b: 1 }, file)).rejects.toThrow(SyntaxError)
    expect(await readFile(file, 'utf8')).toBe('{"a":')
  })
})
