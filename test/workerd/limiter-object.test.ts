import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { shardName } from '../../src/platform/limiter-client.ts'
import type { Charge } from '../../src/ratelimit/limiter.ts'
import { limiterContract } from '../contract/limiter.ts'
import { freezeClock, objectSubject, START } from './object-subject.ts'

beforeEach(freezeClock)
afterEach(() => void vi.useRealTimers())

describe('the Durable Object', () => limiterContract(objectSubject))

const charge = (key: string, more: Partial<Charge> = {}): Charge => ({
  group: 'g',
  key,
  quota: { period: 60_000, rate: 300, burst: 50 },
  quantity: 1,
  ...more,
})

const cells = (stub: DurableObjectStub) =>
  runInDurableObject(stub, (_object, { storage }) =>
    storage.sql.exec<{ k: string; x: number }>('SELECT k, x FROM cells ORDER BY k').toArray(),
  )

const rowsWritten = (stub: DurableObjectStub) =>
  runInDurableObject(
    stub,
    (_object, { storage }) => storage.sql.exec<{ n: number }>('SELECT total_changes() AS n').one().n,
  )

describe('its storage', () => {
  test('an admission writes one row for each cell, a refusal and a look write nothing', async () => {
    const stub = env.LIMITER.getByName('writes')
    const ask = (quantity: number) => ({ charges: [charge('a', { quantity })], count: 1 })
    await stub.take({ asks: [ask(20)] })
    // The first admission also sets the alarm.
    const start = await rowsWritten(stub)
    await stub.take({ asks: [ask(10), ask(10), ask(10)] })
    expect(await rowsWritten(stub)).toBe(start + 1)
    await stub.take({ asks: [ask(1), ask(51), ask(0)] })
    expect(await rowsWritten(stub)).toBe(start + 1)
  })

  test('an exception inside take leaves everything as it was', async () => {
    const stub = env.LIMITER.getByName('throws')
    const both = [charge('a', { home: 'h' }), charge('b', { home: 'h' })]
    await stub.take({ asks: [{ charges: both, count: 3 }] })
    const before = await cells(stub)
    const sql = (text: string) =>
      runInDurableObject(stub, (_object, { storage }) => void storage.sql.exec(text))
    await sql(`CREATE TRIGGER broken BEFORE INSERT ON cells WHEN NEW.k LIKE '%b%'
      BEGIN SELECT RAISE(ABORT, 'disk is broken'); END`)
    const failure = await stub.take({ asks: [{ charges: both, count: 1 }] }).then(String, String)
    expect(failure).toContain('disk is broken')
    await sql('DROP TRIGGER broken')
    expect(await cells(stub)).toEqual(before)
    const look = { charges: [charge('a', { home: 'h', quantity: 0 })], count: 1 }
    const { outcomes } = await env.LIMITER.getByName('throws').take({ asks: [look] })
    expect(outcomes[0]?.rows[0]?.debt).toBe(3 * 60_000)
  })

  test('the alarm deletes what has drained, and the last of it with the table', async () => {
    const stub = env.LIMITER.getByName('alarm')
    await stub.take({ asks: [{ charges: [charge('short')], count: 1 }] })
    await stub.take({ asks: [{ charges: [charge('long', { quantity: 50 })], count: 1 }] })
    vi.setSystemTime(START + 8_000)
    expect(await runDurableObjectAlarm(stub)).toBe(true)
    expect((await cells(stub)).map(({ k }) => k)).toEqual(['g\nlong'])
    vi.setSystemTime(START + 20_000)
    expect(await runDurableObjectAlarm(stub)).toBe(true)
    await expect(cells(stub)).rejects.toThrow('no such table')
    expect(await runDurableObjectAlarm(stub)).toBe(false)
    const { outcomes } = await stub.take({ asks: [{ charges: [charge('long')], count: 60 }] })
    expect(outcomes[0]?.granted).toBe(50)
    expect(await runDurableObjectAlarm(stub)).toBe(true)
  })

  test('an alarm that never ran changes no answer', async () => {
    const stub = env.LIMITER.getByName('late')
    await stub.take({ asks: [{ charges: [charge('a')], count: 50 }] })
    vi.setSystemTime(START + 86_400_000)
    const { outcomes } = await stub.take({ asks: [{ charges: [charge('a')], count: 60 }] })
    expect(outcomes[0]?.granted).toBe(50)
  })

  test('an object evicted during a flood admits what is left and no more', async () => {
    const stub = env.LIMITER.getByName('evicted')
    const flood = Array.from({ length: 200 }, () =>
      stub.take({ asks: [{ charges: [charge('a')], count: 1 }] }),
    )
    const evicted = evictDurableObject(stub)
    const replies = await Promise.allSettled(flood)
    await evicted
    const admitted = replies.filter(
      (reply) => reply.status === 'fulfilled' && reply.value.outcomes[0]?.granted === 1,
    ).length
    const again = await env.LIMITER.getByName('evicted').take({
      asks: [{ charges: [charge('a')], count: 60 }],
    })
    expect(admitted + (again.outcomes[0]?.granted ?? 0)).toBe(50)
  })
})

describe('names of objects', () => {
  test('tell nothing of the key, and change with the number of shards', () => {
    expect(shardName('client=akamai/acme', 64, 'any')).toMatch(/^v1:any:64:\d+$/)
    expect(shardName('client=akamai/acme', 65, 'eu')).toMatch(/^v1:eu:65:\d+$/)
  })

  test('spread keys that hardly differ over all shards', () => {
    const loads = new Map<string, number>()
    for (let client = 0; client < 6400; client++) {
      const name = shardName(`client=akamai/c${client}`, 64, 'any')
      loads.set(name, (loads.get(name) ?? 0) + 1)
    }
    expect(loads.size).toBe(64)
    expect(Math.max(...loads.values())).toBeLessThan(150)
  })
})
