/** Limits that count the wrong thing, at the wrong time, or not at all. */
import type { Limiter, Taken } from '../../../src/ratelimit/limiter.ts'
import { type Hole, hole } from './hole.ts'
import { type Arrived, careful, headerOf, type Parts, pathOf, refusalOf } from './parts.ts'

type Charged = Parameters<Limiter['take']>[0]

/** Charges are counted under another key. */
const counting = (name: string, rows: readonly string[], suffix: (arrived: Arrived) => string): Hole =>
  hole(name, rows, () => ({
    limiter: (real, arrived) => ({
      take: (charges: Charged) =>
        real.take(
          charges.map(({ cell: _, ...charge }) => ({ ...charge, key: `${charge.key} ${suffix(arrived)}` })),
        ),
    }),
  }))

/** Some charges are not counted at all. */
const uncounted = (
  name: string,
  rows: readonly string[],
  test: (key: string, group: string) => boolean,
): Hole =>
  hole(name, rows, () => ({
    limiter: (real) => ({
      take: (charges: Charged) =>
        real.take(
          charges.map((charge) => (test(charge.key, charge.group) ? { ...charge, quantity: 0 } : charge)),
        ),
    }),
  }))

export const limitHoles: readonly Hole[] = [
  counting(
    'limits count by X-Forwarded-For',
    ['R1', 'R2'],
    (arrived) => headerOf(arrived, 'x-forwarded-for') ?? '',
  ),
  counting('limits count by the raw path', ['R6'], pathOf),
  counting('limits count by the raw target', ['R6'], ({ target }) => target),
  counting('limits count by an API key', ['R1', 'R2'], (arrived) => headerOf(arrived, 'x-api-key') ?? ''),
  counting(
    'limits count by the raw Authorization',
    ['R1'],
    (arrived) => headerOf(arrived, 'authorization') ?? '',
  ),
  counting(
    'limits count by the whole IPv6 address',
    ['R2'],
    (arrived) => headerOf(arrived, 'cf-connecting-ip') ?? '',
  ),
  uncounted('nobody without an address is counted', ['R3'], (key) => key.includes('unknown')),
  uncounted('guesses are not counted', ['R4'], (_, group) => group === 'failed_auth'),
  hole('failures are charged to the client that was named', ['R4'], lockedOut),
  hole('check and count are apart', ['R1'], () => {
    const spent = new Map<string, number>()
    return { limiter: () => ({ take: (charges) => apart(charges, spent) }) }
  }),
  hole(
    'a 429 does not say until when',
    ['R1'],
    () => ({
      refusal: (...given) => {
        const refusal = careful.refusal(...given)
        return { ...refusal, headers: refusal.headers.filter(([name]) => name !== 'retry-after') }
      },
    }),
    'R7',
  ),
]

const MAX_FAILURES = 20

function lockedOut(): Partial<Parts> {
  const failures = new Map<string, number>()
  const idOf = (arrived: Arrived): string => {
    const text = Buffer.from((headerOf(arrived, 'authorization') ?? '').slice(6), 'base64').toString('utf8')
    return text.slice(0, Math.max(text.indexOf(':'), 0))
  }
  const locked = refusalOf(
    { reason: 'limiter_unavailable', group: '', retryMs: 60_000, limit: 0, why: '' },
    {},
    'id',
  )
  return {
    early: (arrived) => ((failures.get(idOf(arrived)) ?? 0) > MAX_FAILURES ? locked : undefined),
    decided: (arrived, denial) => {
      if (denial?.reason === 'credentials_invalid' || denial?.reason === 'rate_limited')
        failures.set(idOf(arrived), (failures.get(idOf(arrived)) ?? 0) + 1)
    },
  }
}

/** Everybody who asks at the same time finds the bucket as it was. */
async function apart([charge]: Charged, spent: Map<string, number>): Promise<Taken> {
  const { key = '', quota, group = '' } = charge ?? {}
  const limit = quota?.burst ?? 0
  const before = spent.get(key) ?? 0
  await new Promise((resolve) => setTimeout(resolve, 50))
  spent.set(key, (spent.get(key) ?? 0) + 1)
  const standing = { group, limit, remaining: 0, resetMs: 1, parts: [] }
  return before < limit ? { admitted: true, standing } : { admitted: false, standing, retryMs: 1000 }
}
