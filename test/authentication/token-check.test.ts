import { beforeAll, describe, expect, test } from 'vitest'
import type { TokenConfig } from '../../src/authentication/config.ts'
import { keyFinder } from '../../src/authentication/keys.ts'
import { INACTIVE, type Introspect } from '../../src/authentication/opaque.ts'
import { invalid } from '../../src/authentication/refusal.ts'
import { Remembered } from '../../src/authentication/remembered.ts'
import { CAPACITY, INACTIVE_FOR, REMEMBERED_FOR, tokenCheck } from '../../src/authentication/token-check.ts'
import { ok } from '../../src/base/result.ts'
import { NOW } from '../support/facts.ts'
import { hash } from '../support/hash.ts'
import {
  FINGERPRINT,
  ISSUER,
  issuersAt,
  THUMBPRINT,
  type TokenKeys,
  tokenKeys,
} from '../support/token-recipes.ts'

const [main, , , other] = issuersAt('https://issuer.example/keys')
const introspection = {
  endpoint: 'https://issuer.example/introspect',
  clientId: 'gateway',
  secretEnv: 'GATEWAY_SECRET',
  auth: 'basic' as const,
}
/** `keys` and `introspection`, or introspection alone. */
const both: TokenConfig = { ...(main as TokenConfig), introspection }
const { keys: _, ...keyless } = both
const opaque: TokenConfig = { ...keyless, name: 'opaque', algorithms: [] }

const TOKEN = 'an-opaque-token-of-32-characters'
const seconds = NOW / 1000
const active = {
  active: true,
  iss: ISSUER,
  aud: 'gateway',
  exp: seconds + 3600,
  client_id: 'acme',
  scope: 'read',
}

let keys: TokenKeys
beforeAll(async () => {
  keys = await tokenKeys()
})

/** A check with an issuer that counts, and whose answer can be changed. */
function checking(first: unknown = active, capacity?: number) {
  const world = { answer: first, asked: [] as string[], lookups: 0, now: NOW }
  const introspect: Introspect = async (_, token) => {
    world.asked.push(token)
    return ok(world.answer)
  }
  const find = keyFinder({
    fetchSet: async () => ok(keys.jwks),
    pause: () => new Promise(() => {}),
    keepAlive: () => {},
    variable: () => undefined,
  })
  const check = tokenCheck(
    {
      introspect,
      hash,
      keys: (...wanted) => {
        world.lookups++
        return find(...wanted)
      },
    },
    capacity,
  )
  const present = (token = TOKEN, issuer = opaque, fingerprintSha256?: string) =>
    check(token, issuer, {
      now: world.now,
      clientCertificate: () =>
        fingerprintSha256 === undefined
          ? undefined
          : { verified: true, subjectDn: 'CN=own', fingerprintSha256 },
    })
  return { world, present }
}

describe('an opaque token', () => {
  test('is asked about once in a minute', async () => {
    const { world, present } = checking()
    for (const elapsed of [0, 1000, REMEMBERED_FOR - 1]) {
      world.now = NOW + elapsed
      expect(await present()).toMatchObject({ ok: true, value: { scopes: ['read'] } })
    }
    expect(world.asked).toEqual([TOKEN])
    world.now = NOW + REMEMBERED_FOR
    await present()
    expect(world.asked.length).toBe(2)
  })

  test('is never remembered past its end (T3)', async () => {
    const { world, present } = checking({ ...active, exp: seconds + 5 })
    await present()
    world.now = NOW + 5000
    world.answer = { active: false }
    expect(await present()).toEqual(invalid(INACTIVE))
  })

  test('that was revoked is refused within a minute (T3)', async () => {
    const { world, present } = checking()
    await present()
    world.answer = { active: false }
    world.now = NOW + REMEMBERED_FOR
    expect(await present()).toEqual(invalid(INACTIVE))
  })

  test('that is inactive is asked about again after ten seconds', async () => {
    const { world, present } = checking({ active: false })
    for (const elapsed of [0, 1, INACTIVE_FOR - 1]) {
      world.now = NOW + elapsed
      expect(await present()).toEqual(invalid(INACTIVE))
    }
    expect(world.asked.length).toBe(1)
    world.answer = active
    world.now = NOW + INACTIVE_FOR
    expect(await present()).toMatchObject({ ok: true })
  })

  test('about which nothing can be learned is asked about each time', async () => {
    const { world, present } = checking('busy')
    expect(await present()).toMatchObject({ ok: false, error: { kind: 'unavailable' } })
    world.answer = active
    expect(await present()).toMatchObject({ ok: true })
  })

  test('of one issuer is nothing to another that is asked in the same way (T2)', async () => {
    const { world, present } = checking()
    await present()
    world.answer = { active: false }
    expect(await present(TOKEN, { ...opaque, name: 'twin' })).toEqual(invalid(INACTIVE))
    expect(await present(TOKEN, { ...opaque, audience: ['elsewhere'] })).toEqual(invalid(INACTIVE))
    expect(await present(`${TOKEN}x`)).toEqual(invalid(INACTIVE))
    expect(await present()).toMatchObject({ ok: true })
  })

  test('that is bound needs its certificate each time, remembered or not', async () => {
    const { world, present } = checking({ ...active, cnf: { 'x5t#S256': THUMBPRINT } })
    const none = invalid('bound to a client certificate, and none was presented')
    expect(await present()).toEqual(none)
    expect(await present(TOKEN, opaque, FINGERPRINT)).toMatchObject({ ok: true })
    expect(await present(TOKEN, opaque, FINGERPRINT.replaceAll('0', '1'))).toEqual(
      invalid('bound to another client certificate'),
    )
    expect(await present()).toEqual(none)
    expect(world.asked.length).toBe(1)
  })
})

describe('beside keys', () => {
  test.each([
    ['an opaque token', TOKEN],
    ['one that begins as a JWT would, by chance', 'eyYd3kq0T1mWcZ5uP8rVbN2xLhGfJs7A'],
    ['one of two random parts', 'eyYd3kq0T1mWcZ5u.P8rVbN2xLhGfJs7A'],
  ])('%s goes to the introspection endpoint alone', async (_, token) => {
    const { world, present } = checking()
    expect(await present(token, both)).toMatchObject({ ok: true })
    expect(world).toMatchObject({ asked: [token], lookups: 0 })
  })

  test('a good JWT goes to the keys alone', async () => {
    const { world, present } = checking()
    const token = await keys.sign({ name: 'good', alg: 'ES256' }, seconds)
    expect(await present(token, both)).toMatchObject({ ok: true })
    expect(world).toMatchObject({ asked: [], lookups: 1 })
  })

  test.each([
    ['with another signature', { alg: 'ES256', mutation: 'another signature' }],
    ['without a signature', { alg: 'none', key: 'nobody' }],
    ['that is encrypted', { alg: 'ES256', mutation: 'five parts' }],
    ['that is cut', { alg: 'ES256', mutation: 'two parts' }],
    ['with a header that is no JSON', { alg: 'ES256', headerText: 'x' }],
    ['that has expired', { alg: 'ES256', claims: { exp: 1 } }],
  ] as const)('a JWT %s is not tried at the endpoint', async (name, recipe) => {
    const { world, present } = checking()
    const token = await keys.sign({ name, ...recipe }, seconds)
    expect(await present(token, both)).toMatchObject({ ok: false, error: { kind: 'invalid' } })
    expect(world.asked).toEqual([])
  })

  test('a JWT is remembered for a minute too, and not for another issuer (T2)', async () => {
    const { world, present } = checking()
    const token = await keys.sign({ name: 'good', alg: 'RS256', claims: { exp: 'now+3600' } }, seconds)
    await present(token, main)
    await present(token, main)
    expect(world.lookups).toBe(1)
    expect(await present(token, other)).toEqual(invalid('another issuer'))
    world.now = NOW + REMEMBERED_FOR
    await present(token, main)
    expect(world.lookups).toBe(2)
  })
})

test('the memory is bounded, and inactive tokens cannot push out good ones', async () => {
  const { world, present } = checking(active, 2)
  await present('good-token-number-1')
  world.answer = { active: false }
  for (let n = 0; n < 10; n++) await present(`inactive-token-number-${n}`)
  world.asked = []
  expect(await present('good-token-number-1')).toMatchObject({ ok: true })
  expect(world.asked).toEqual([])
  world.answer = active
  for (const n of [2, 3]) await present(`good-token-number-${n}`)
  world.asked = []
  for (const n of [3, 2, 1]) await present(`good-token-number-${n}`)
  expect(world.asked).toEqual(['good-token-number-1'])
})

test('a memory holds no more than it may, whatever comes', () => {
  const memory = new Remembered<number>(CAPACITY)
  for (let n = 0; n < 3 * CAPACITY; n++) memory.remember(`key-${n}`, n, NOW + 1, NOW)
  expect(memory.size).toBeLessThanOrEqual(CAPACITY)
  expect(memory.recall(`key-${3 * CAPACITY - 1}`, NOW)).toBe(3 * CAPACITY - 1)
  expect(memory.recall('key-0', NOW)).toBeUndefined()
})

test('a memory keeps what is used', () => {
  const memory = new Remembered<number>(10)
  memory.remember('used', 1, NOW + 1, NOW)
  for (let n = 0; n < 100; n++) {
    memory.remember(`key-${n}`, n, NOW + 1, NOW)
    expect(memory.recall('used', NOW)).toBe(1)
    expect(memory.size).toBeLessThanOrEqual(10)
  }
})

test('what is remembered is not remembered longer when the clock is set back', () => {
  const memory = new Remembered<number>(CAPACITY)
  memory.remember('a', 1, NOW + REMEMBERED_FOR, NOW)
  expect(memory.recall('a', NOW + REMEMBERED_FOR - 1)).toBe(1)
  expect(memory.recall('a', NOW - 60_000)).toBeUndefined()
})
