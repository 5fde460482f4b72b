import { expect, test } from 'vitest'
import { reasons } from '../../src/decision/denial.ts'
import { classOf, statusOf } from '../../src/faults/classes.ts'
import { reasonClasses } from '../../src/faults/config.ts'
import { faultRenderer } from '../../src/faults/render.ts'

const fill = { requestId: '72gnhpkttcjgc3ns', retryAfter: 7 }
const unreachable = { reason: 'upstream_unreachable' as const }

test('without a body of the policy’s own, a problem document that says no more than the status', () => {
  const answer = faultRenderer({})({ reason: 'address_not_allowed', address: undefined }, fill)
  expect(answer.status).toBe(403)
  expect(answer.contentType).toBe('application/problem+json')
  expect(JSON.parse(answer.body)).toEqual({
    type: 'about:blank',
    title: 'Forbidden',
    status: 403,
    request_id: '72gnhpkttcjgc3ns',
  })
})

test('names in a body are filled in, wherever they stand and however often', () => {
  const body = {
    id: '${request_id}',
    nested: ['again ${request_id}', { wait: 'in ${retry_after} s' }],
    other: '${client}',
  }
  const answer = faultRenderer({ upstream_unavailable: { body } })(unreachable, fill)
  expect(JSON.parse(answer.body)).toEqual({
    id: '72gnhpkttcjgc3ns',
    nested: ['again 72gnhpkttcjgc3ns', { wait: 'in 7 s' }],
    other: '${client}',
  })
})

test('the fields of a body stay in the order of the policy', () => {
  const answer = faultRenderer({ upstream_unavailable: { body: { b: 1, a: 2 } } })(unreachable, fill)
  expect(answer.body).toBe('{"b":1,"a":2}')
})

test.each([
  [{ status: 500, body: { message: 'Internal Server Error' } }, 500],
  [{ body: {} }, 502],
  [{ status: 599 }, 599],
])('the status is the policy’s, else the reason’s own: %j', (config, status) => {
  expect(faultRenderer({ upstream_unavailable: config })(unreachable, fill).status).toBe(status)
})

test('every reason has a class that exists and a status of its kind', () => {
  for (const reason of reasons) {
    expect(reasonClasses).toContain(classOf(reason))
    expect(statusOf(reason)).toBeGreaterThanOrEqual(400)
    // The caller is to blame, but for what could not be asked.
    expect(statusOf(reason)).toBeLessThan(reason === 'issuer_unavailable' ? 504 : 500)
  }
  expect(statusOf('issuer_unavailable')).toBe(503)
  expect(statusOf('upstream_timeout')).toBe(504)
  expect(statusOf('policy_missing')).toBe(503)
})
