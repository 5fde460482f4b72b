/** What the soak counts by must itself be right, or a soak that finds nothing has shown nothing. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Admission, excess, RefusalLedger, rise } from '../../scripts/soak/audit.ts'
import { printed, reportOf } from '../../scripts/soak/report.ts'
import type { Outcome } from '../../scripts/soak/run.ts'
import type { Usage } from '../../scripts/soak/watch.ts'
import { ExactGcra } from '../ratelimit/model.ts'

const quotas = fc.record({
  period: fc.constantFrom(1000, 60_000),
  rate: fc.integer({ min: 1, max: 600 }),
  burst: fc.integer({ min: 1, max: 20 }),
})
const asked = fc.array(
  fc.record({
    pause: fc.integer({ min: 0, max: 300 }),
    there: fc.integer({ min: 0, max: 500 }),
    on: fc.integer({ min: 0, max: 500 }),
  }),
  { minLength: 1, maxLength: 80 },
)

describe('admissions', () => {
  test('what the exact model admits is never too much, whatever a request takes on its way', () => {
    fc.assert(
      fc.property(quotas, asked, (quota, requests) => {
        const model = new ExactGcra(quota)
        const admissions: Admission[] = []
        let now = 1_795_000_000_000
        for (const { pause, there, on } of requests) {
          now += pause
          if (model.take(now).admitted) admissions.push({ sent: now - there, arrived: now + on })
        }
        expect(excess(quota, admissions)).toBeLessThanOrEqual(0)
      }),
    )
  })

  test('one request more than fits at once is one too many', () => {
    fc.assert(
      fc.property(quotas, fc.nat(5), (quota, more) => {
        const at = { sent: 5000, arrived: 5000 }
        expect(excess(quota, Array<Admission>(quota.burst + more).fill(at))).toBe(more)
      }),
    )
  })
})

describe('refusals and lines', () => {
  test.each([
    {
      title: 'in either order',
      told: ['answer 1', 'denied 1', 'denied 2', 'answer 2'],
      left: { matched: 2 },
    },
    { title: 'no line', told: ['answer 1'], left: { matched: 0, withoutLine: 1 } },
    { title: 'no answer', told: ['denied 1'], left: { matched: 0, withoutAnswer: 1 } },
    { title: 'a line twice', told: ['denied 1', 'denied 1', 'answer 1'], left: { matched: 1, twice: 1 } },
    { title: 'a failure that was answered', told: ['answer 1', 'failed 1'], left: { matched: 1 } },
    { title: 'a failure whose caller was gone', told: ['failed 1'], left: { matched: 0, gone: 1 } },
  ])('$title', ({ told, left }) => {
    const ledger = new RefusalLedger()
    for (const [what = '', id = ''] of told.map((text) => text.split(' '))) {
      if (what === 'answer') ledger.answered(id)
      else if (what === 'denied') ledger.denied(id)
      else ledger.failed(id)
    }
    const nothing = { withoutLine: 0, withoutAnswer: 0, twice: 0, gone: 0 }
    expect(ledger.balance).toEqual({ ...nothing, ...left })
  })
})

test.each([
  { values: [5, 5, 5, 5], by: 0 },
  { values: [0, 1, 2, 3], by: 3 },
  { values: [9, 6, 3, 0], by: -9 },
  { values: [1, 3, 1, 3, 1], by: 0 },
  { values: [4], by: 0 },
  { values: [], by: 0 },
])('the line through $values rises by $by', ({ values, by }) => {
  expect(rise(values.map((value, at) => ({ at, value })))).toBeCloseTo(by)
})

/** A soak of ten minutes in which nothing went wrong. */
const calm = (rss: (second: number) => number, files = 100): Outcome => ({
  seconds: 600,
  tallies: [{ name: 'open', answers: new Map([['upstream 200', 10]]), wrong: [] }],
  usages: Array.from(
    { length: 600 },
    (_, at): Usage => ({ at: at * 1000, rss: rss(at), heap: 0, files, cpu: at }),
  ),
  ownCpu: 1,
  refusals: { matched: 5, withoutLine: 0, withoutAnswer: 0, twice: 0, gone: 0 },
  lines: { degraded: 0, odd: [] },
  breaches: [],
  admissions: new Map([['strict:1', [{ sent: 1, arrived: 2 }]]]),
  files: { before: 30, after: 100 },
  last: { status: 200, from: 'upstream', requestId: 'x', bytes: 0 },
})
const flat = calm(() => 200_000)
const good = { status: 200, from: 'upstream', requestId: 'x', bytes: 0 } as const

/** An upload that was refused while it was still being sent. */
const lossy = { name: 'upload', answers: new Map([['nobody 0', 1]]), wrong: [], mayLose: true as const }
const lostOne = { ...flat.refusals, withoutAnswer: 1 }

describe('the verdict', () => {
  test('a calm soak is good, and a heap that fills in the beginning is too', () => {
    expect(reportOf(flat)).toMatchObject({ good: true })
    expect(reportOf(calm((second) => Math.min(200_000, 60_000 + second * 1000))).good).toBe(true)
  })

  test('an answer that was lost on its way has its line', () => {
    expect(reportOf({ ...flat, tallies: [lossy], refusals: lostOne }).good).toBe(true)
  })

  test.each<[string, Outcome]>([
    ['memory grows', calm((second) => 200_000 + second * 200)],
    ['a wrong answer', { ...flat, tallies: [{ name: 'open', answers: new Map([['x', 1]]), wrong: ['x'] }] }],
    ['a kind that was not sent', { ...flat, tallies: [{ name: 'open', answers: new Map(), wrong: [] }] }],
    [
      'a 5xx of the gateway',
      { ...flat, tallies: [{ name: 'open', answers: new Map([['gateway 502', 1]]), wrong: [] }] },
    ],
    ['a refused request that went through', { ...flat, breaches: ['GET /config/1'] }],
    ['a denial without a line', { ...flat, refusals: { ...flat.refusals, withoutLine: 1 } }],
    ['a line without a denial', { ...flat, refusals: { ...flat.refusals, withoutAnswer: 1 } }],
    [
      'more lines than answers, and no caller that missed one',
      { ...flat, tallies: [{ ...lossy, answers: new Map([['gateway 401', 1]]) }], refusals: lostOne },
    ],
    ['no denials at all', { ...flat, refusals: { ...flat.refusals, matched: 0 } }],
    ['an exception in the log', { ...flat, lines: { degraded: 0, odd: ['Error'] } }],
    ['a limiter that was late', { ...flat, lines: { degraded: 1, odd: [] } }],
    [
      'too many admitted',
      { ...flat, admissions: new Map([['strict:1', Array<Admission>(60).fill({ sent: 1, arrived: 2 })]]) },
    ],
    ['descriptors left open', { ...flat, files: { before: 30, after: 300 } }],
    ['nothing was measured', { ...flat, usages: [] }],
    ['nothing works at the end', { ...flat, last: { ...good, status: 0, from: 'nobody' } }],
  ])('%s: not good', (_, outcome) => {
    const report = reportOf(outcome)
    expect(report.good).toBe(false)
    expect(printed(report)).toContain('NOT GOOD')
  })
})
