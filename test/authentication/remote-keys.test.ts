import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/authentication/jwt.ts'
import {
  MAX_AGE,
  MISS_INTERVAL,
  RETRY_INTERVAL,
  RemoteKeys,
  VANISHED_AFTER,
} from '../../src/authentication/remote-keys.ts'
import { fail, ok, type Result } from '../../src/base/result.ts'
import { NOW } from '../support/facts.ts'

const DAY = 86_400_000
const key = (kid: string): JsonObject => ({ kty: 'EC', crv: 'P-256', kid })
const set = (...kids: string[]): Result<unknown, string> => ok({ keys: kids.map(key) })
const unreachable = fail('no answer')

/** An issuer whose answer can be changed, and a clock that only the test moves. */
function issuer(first: Result<unknown, string> | Promise<never>) {
  const world = { answer: first, fetches: 0, now: NOW, vanish: () => {} }
  const remote = new RemoteKeys('https://issuer.example/keys', {
    fetchSet: async () => {
      world.fetches++
      return world.answer
    },
    pause: (ms) =>
      new Promise((resolve) => {
        expect(ms).toBe(VANISHED_AFTER)
        world.vanish = resolve
      }),
    keepAlive: () => {},
  })
  const find = (kid?: string) => remote.find({ alg: 'ES256', kid }, DAY, world.now)
  return { world, find }
}

const found = (kid: string) => ok(key(kid))
const unknown = fail({ kind: 'invalid', why: 'no such key of the issuer' })
const outOfReach = fail({ kind: 'unavailable', why: 'the keys of the issuer are out of reach' })

describe('one fetch', () => {
  test('serves everybody until the set is old, and then one more does', async () => {
    const { world, find } = issuer(set('a'))
    for (const elapsed of [0, 1, MAX_AGE - 1]) {
      world.now = NOW + elapsed
      expect(await find('a')).toEqual(found('a'))
    }
    expect(world.fetches).toBe(1)
    world.now = NOW + MAX_AGE
    await Promise.all(Array.from({ length: 100 }, () => find('a')))
    expect(world.fetches).toBe(2)
  })

  test('answers a thousand requests that came at once', async () => {
    const { world, find } = issuer(set('a'))
    const outcomes = await Promise.all(Array.from({ length: 1000 }, () => find('a')))
    expect(outcomes.every(({ ok: isFound }) => isFound)).toBe(true)
    expect(world.fetches).toBe(1)
  })

  test('is all that a thousand unknown key ids cause, one after the other (T8)', async () => {
    const { world, find } = issuer(set('a'))
    for (let n = 0; n < 1000; n++) expect(await find(`random-${n}`)).toEqual(unknown)
    expect(world.fetches).toBe(1)
  })

  test('is all that a thousand of them cause at once, for a set that was there before (T8)', async () => {
    const { world, find } = issuer(set('a'))
    await find('a')
    const outcomes = await Promise.all(Array.from({ length: 1000 }, (_, n) => find(`random-${n}`)))
    expect(outcomes).toEqual(Array.from({ length: 1000 }, () => unknown))
    expect(world.fetches).toBe(2)
    world.now = NOW + MISS_INTERVAL
    await Promise.all(Array.from({ length: 1000 }, (_, n) => find(`later-${n}`)))
    expect(world.fetches).toBe(3)
  })

  test('known keys are found while unknown ones are being refused', async () => {
    const { world, find } = issuer(set('a'))
    await find('random')
    expect(await find('a')).toEqual(found('a'))
    expect(world.fetches).toBe(1)
  })
})

describe('rotation', () => {
  test('a new key is found at its first use, however soon after another', async () => {
    const { world, find } = issuer(set('a'))
    expect(await find('a')).toEqual(found('a'))
    for (const [kid, elapsed] of [
      ['b', 1],
      ['c', 2],
      ['d', 3],
    ] as const) {
      world.answer = set('a', kid)
      world.now = NOW + elapsed
      const outcomes = await Promise.all(Array.from({ length: 50 }, () => find(kid)))
      expect(outcomes).toEqual(Array.from({ length: 50 }, () => found(kid)))
      expect(await find('a')).toEqual(found('a'))
    }
    expect(world.fetches).toBe(4)
  })

  test('a key that comes while the old set is still on its way is asked for once more', async () => {
    const { world, find } = issuer(set('a'))
    const early = find('a')
    world.answer = set('a', 'b')
    expect(await find('b')).toEqual(found('b'))
    expect(await early).toEqual(found('a'))
    expect(world.fetches).toBe(2)
  })

  test('a withdrawn key is refused once the set is old', async () => {
    const { world, find } = issuer(set('a', 'b'))
    await find('a')
    world.answer = set('b')
    world.now = NOW + MAX_AGE
    expect(await find('a')).toEqual(unknown)
    expect(await find('b')).toEqual(found('b'))
  })
})

describe('an issuer that is down', () => {
  test('for a minute costs no request whose key is known, and is not pestered', async () => {
    const { world, find } = issuer(set('a'))
    await find('a')
    world.answer = unreachable
    for (let second = 0; second < 60; second++) {
      // The set grows old just as the minute begins.
      world.now = NOW + MAX_AGE + second * 1000
      expect(await find('a')).toEqual(found('a'))
      expect(await find(`random-${second}`)).toEqual(outOfReach)
    }
    expect(world.fetches).toBe(1 + 60_000 / RETRY_INTERVAL)
    world.answer = set('a', 'b')
    world.now += RETRY_INTERVAL
    expect(await find('b')).toEqual(found('b'))
  })

  test('for longer than old keys may be used costs them too', async () => {
    const { world, find } = issuer(set('a'))
    await find('a')
    world.answer = unreachable
    world.now = NOW + DAY - 1
    expect(await find('a')).toEqual(found('a'))
    world.now = NOW + DAY
    expect(await find('a')).toEqual(outOfReach)
  })

  test('from the start lets nobody in, and is asked again soon', async () => {
    const { world, find } = issuer(unreachable)
    expect(await find('a')).toEqual(outOfReach)
    world.answer = set('a')
    expect(await find('a')).toEqual(outOfReach)
    world.now = NOW + RETRY_INTERVAL
    expect(await find('a')).toEqual(found('a'))
    expect(world.fetches).toBe(2)
  })

  test.each([
    ['no object', ok('keys')],
    ['no list', ok({ keys: { a: key('a') } })],
    ['an error', ok({ error: 'busy' })],
    ['more keys than any issuer has', set(...Array.from({ length: 101 }, (_, n) => `k${n}`))],
  ])('or answers with %s keeps its last good keys', async (_, answer) => {
    const { world, find } = issuer(set('a'))
    await find('a')
    world.answer = answer
    world.now = NOW + MAX_AGE
    expect(await find('a')).toEqual(found('a'))
  })
})

test('a fetch whose request has vanished is taken over by one that waits', async () => {
  const { world, find } = issuer(new Promise<never>(() => {}))
  void find('a')
  const waiting = find('a')
  await Promise.resolve()
  world.answer = set('a')
  world.vanish()
  expect(await waiting).toEqual(found('a'))
  expect(world.fetches).toBe(2)
})

test('two keys that fit are no key', async () => {
  const { find } = issuer(set('a', 'b'))
  expect(await find(undefined)).toEqual(fail({ kind: 'invalid', why: 'several keys of the issuer fit' }))
})

describe('a clock that is set back by a day', () => {
  test('has the set fetched anew: a withdrawn key does not count a day longer', async () => {
    const { world, find } = issuer(set('a'))
    await find('a')
    world.now = NOW - DAY
    world.answer = set('b')
    expect(await find('a')).toEqual(unknown)
    expect(await find('b')).toEqual(found('b'))
    expect(world.fetches).toBe(2)
  })

  test('does not put off the next fetch after one that failed', async () => {
    const { world, find } = issuer(unreachable)
    expect(await find('a')).toEqual(outOfReach)
    world.now = NOW - DAY
    world.answer = set('a')
    expect(await find('a')).toEqual(found('a'))
  })
})
