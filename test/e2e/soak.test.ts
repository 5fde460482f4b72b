/** A few seconds of the soak, so that it is known to run. The figures in docs/reliability.md are of ten minutes. */
import { expect, inject, test } from 'vitest'
import { printed, reportOf } from '../../scripts/soak/report.ts'
import { soak } from '../../scripts/soak/run.ts'

const SECONDS = 8
const PACE = 100

test('a short soak: every kind of traffic is answered as it should be, and everything adds up', async () => {
  const report = reportOf(await soak({ bundle: inject('bundle'), seconds: SECONDS, pace: PACE }))
  expect(report.checks.filter(({ good }) => !good)).toEqual([])
  expect(report.good).toBe(true)
  expect(report.kinds.length).toBeGreaterThan(30)
  expect(printed(report)).toContain('all good')
}, 120_000)
