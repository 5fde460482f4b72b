import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { objectLedger } from '../../src/platform/assertion-ledger.ts'
import { ledgerContract } from '../contract/ledger.ts'

const START = 1_795_000_200_000
const MINUTE = 60_000

// Objects and tests share an isolate here, so the clock that is set is the object's.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: START }))
afterEach(() => void vi.useRealTimers())

const digits = [...'0123456789abcdef']
const object = (digit: string) => env.ASSERTIONS.getByName(`v1:${digit}`)

const rows = (stub: DurableObjectStub) =>
  runInDurableObject(stub, (_object, { storage }) =>
    storage.sql.exec<{ name: string; until: number }>('SELECT name, until FROM used').toArray(),
  )

describe('the Durable Object', () => {
  ledgerContract(() => ({
    ledger: objectLedger(env.ASSERTIONS, 10_000),
    now: () => Date.now(),
    restart: async (name) => {
      const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(name))
      const first = new Uint8Array(hash)[0] ?? 0
      await evictDurableObject(object((first >> 4).toString(16)))
    },
  }))
})

describe('its storage', () => {
  test('a name is stored as a hash, with the minute that clocks may differ', async () => {
    await objectLedger(env.ASSERTIONS, 10_000).use('["secret-jti"]', START + MINUTE)
    // Only the objects that were asked have a table.
    const stored = await Promise.all(digits.map((digit) => rows(object(digit)).catch(() => [])))
    expect(stored.flat()).toContainEqual({
      name: expect.stringMatching(/^[0-9a-f]{64}$/),
      until: START + 2 * MINUTE,
    })
  })

  test('the alarm drops what has ended and keeps what has not', async () => {
    const stub = env.ASSERTIONS.getByName('sweep')
    await stub.use('short', START + MINUTE)
    await stub.use('long', START + 10 * MINUTE)
    vi.setSystemTime(START + 3 * MINUTE)
    await runDurableObjectAlarm(stub)
    expect(await rows(stub)).toEqual([{ name: 'long', until: START + 11 * MINUTE }])
    expect(await stub.use('long', START + 10 * MINUTE)).toBe('again')
    vi.setSystemTime(START + 12 * MINUTE)
    await runDurableObjectAlarm(stub)
    expect(await stub.use('long', START + 20 * MINUTE)).toBe('first')
  })

  test('a name whose assertion has ended may come again before the alarm', async () => {
    const stub = env.ASSERTIONS.getByName('ended')
    await stub.use('name', START + MINUTE)
    vi.setSystemTime(START + 2 * MINUTE - 1)
    expect(await stub.use('name', START + 5 * MINUTE)).toBe('again')
    vi.setSystemTime(START + 2 * MINUTE)
    expect(await stub.use('name', START + 5 * MINUTE)).toBe('first')
    expect(await stub.use('name', START + 5 * MINUTE)).toBe('again')
  })
})

describe('nobody to ask', () => {
  const failing = (use: () => Promise<'first'>) =>
    ({ getByName: () => ({ use }) }) as unknown as typeof env.ASSERTIONS

  test.each([
    ['no binding', undefined],
    ['an object that throws', failing(() => Promise.reject(new Error('overloaded')))],
    ['an object that stalls', failing(() => new Promise(() => {}))],
  ])('%s', async (_, namespace) => {
    expect(await objectLedger(namespace, 20).use('name', START)).toBe('unknown')
  })
})
