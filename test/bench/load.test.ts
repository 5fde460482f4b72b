import { expect, test } from 'vitest'
import { readReport } from '../../bench/load.ts'

test('reads what the load tools print, among whatever else they print', () => {
  const printed = `Running 5s test @ http://127.0.0.1:1234/
  1 threads and 64 connections
status 200 41000
status 429 1000
errors 3
micros 5010000
p50 1240
p99 9800.0
Requests/sec:   8400
`
  expect(readReport(printed)).toEqual({
    statuses: new Map([
      [200, 41_000],
      [429, 1_000],
    ]),
    requests: 42_000,
    seconds: 5.01,
    errors: 3,
    p50Ms: 1.24,
    p99Ms: 9.8,
  })
})

test('a server that never answered has no requests', () => {
  expect(readReport('errors 64\nmicros 1000000\np50 0\np99 0\n')).toMatchObject({ requests: 0, errors: 64 })
})
