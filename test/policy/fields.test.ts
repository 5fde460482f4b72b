import { expect, test } from 'vitest'
import * as fields from '../../src/policy/fields.ts'

const accepts = (field: { safeParse: (value: unknown) => { success: boolean } }, value: unknown) =>
  field.safeParse(value).success

test.each([
  ['1ms', 1],
  ['500ms', 500],
  ['10s', 10_000],
  ['1m', 60_000],
  ['3h', 10_800_000],
  ['7d', 604_800_000],
])('%s lasts %d ms', (written, millis) => {
  expect(accepts(fields.duration(), written)).toBe(true)
  expect(fields.durationMillis(written)).toBe(millis)
})

test.each(['', '0s', '01s', '-1s', '1.5s', '1', 's', '1 m', '1M', '1w', '10s ', '1234567s', 60])(
  '%j is no length of time',
  (written) => {
    expect(accepts(fields.duration(), written)).toBe(false)
  },
)

test.each([
  ['2027-02-01', Date.UTC(2027, 1, 1)],
  ['2027-02-01T12:30:59Z', Date.UTC(2027, 1, 1, 12, 30, 59)],
  ['2028-02-29', Date.UTC(2028, 1, 29)],
])('%s is the instant %d', (written, instant) => {
  expect(accepts(fields.date(), written)).toBe(true)
  expect(fields.dateMillis(written)).toBe(instant)
})

test.each([
  '2027-02-29',
  '2027-02-30',
  '2027-13-01',
  '2027-00-10',
  '2027-2-1',
  '2027-02-01T24:00:00Z',
  '2027-02-01T12:60:00Z',
  '2027-02-01T12:00:00',
  '2027-02-01T12:00:00+01:00',
  '2027-02-01 ',
  'never',
  20270201,
])('%j is no date', (written) => {
  expect(accepts(fields.date(), written)).toBe(false)
})

test.each([
  ['0%', 0],
  ['12.5%', 0.125],
  ['99.9999%', 0.999999],
  ['100%', 1],
])('%s is the share %d', (written, share) => {
  expect(accepts(fields.percentage(), written)).toBe(true)
  expect(fields.shareOf(written)).toBeCloseTo(share, 10)
})

test.each(['10', '101%', '100.1%', '-1%', '.5%', '1e1%', '10 %', 10])('%j is no share', (written) => {
  expect(accepts(fields.percentage(), written)).toBe(false)
})

test.each([
  ['crm-sync', true],
  ['a', true],
  ['A_1', true],
  ['x'.repeat(64), true],
  ['x'.repeat(65), false],
  ['1st', false],
  ['a.b', false],
  ['a b', false],
  ['-a', false],
  ['ä', false],
  ['a\n', false],
  ['', false],
])('%j as a name: %s', (written, isName) => {
  expect(accepts(fields.name(), written)).toBe(isName)
})

test.each([
  ['api.example.com', true],
  ['localhost', true],
  ['API.example', true],
  ['xn--bcher-kva.example', true],
  ['api.example.com:443', false],
  ['https://api.example', false],
  ['192.0.2.1', false],
  ['[2001:db8::1]', false],
  ['-a.example', false],
  ['a..example', false],
  ['a.example.', false],
  ['*.example', false],
  ['', false],
])('%j as a host: %s', (written, isHost) => {
  expect(accepts(fields.host(), written)).toBe(isHost)
})

test.each([
  [1, true],
  [fields.MAX_COUNT, true],
  [fields.MAX_COUNT + 1, false],
  [0, false],
  [1.5, false],
  [Number.NaN, false],
  ['1', false],
])('%j as a count: %s', (written, isCount) => {
  expect(accepts(fields.count(), written)).toBe(isCount)
})
