import { readFileSync } from 'node:fs'
import { SignJWT } from 'jose'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parseBearer } from '../../src/authentication/bearer.ts'
import { scopesOf } from '../../src/authentication/claims.ts'
import { type KeyFinder, keyFinder } from '../../src/authentication/keys.ts'
import { invalid } from '../../src/authentication/refusal.ts'
import { tokenCheck } from '../../src/authentication/token-check.ts'
import { ok } from '../../src/base/result.ts'
import type { ClientCertificate } from '../../src/decision/facts.ts'
import { NOW } from '../support/facts.ts'
import { noTokens } from '../support/no-tokens.ts'
import {
  AUDIENCE,
  FINGERPRINT,
  ISSUER,
  issuersAt,
  type Recipe,
  SECRET,
  type TokenKeys,
  tokenKeys,
  vectors,
} from '../support/token-recipes.ts'

const URI = 'https://issuer.example/keys'
const seconds = NOW / 1000

let keys: TokenKeys
let lookups = 0

beforeAll(async () => {
  keys = await tokenKeys()
})
beforeEach(() => {
  lookups = 0
})

const certificates: Readonly<Record<string, ClientCertificate>> = {
  own: { verified: true, subjectDn: 'CN=own', fingerprintSha256: FINGERPRINT },
  other: { verified: true, subjectDn: 'CN=other', fingerprintSha256: FINGERPRINT.replaceAll('0', '1') },
  unverified: { verified: false, subjectDn: 'CN=own', fingerprintSha256: FINGERPRINT },
}

/** A fresh check: nothing is remembered of another token. */
async function present(token: string, name = 'main', certificate?: string): Promise<unknown> {
  const find = keyFinder({
    fetchSet: async () => ok(keys.jwks),
    pause: () => new Promise(() => {}),
    keepAlive: () => {},
    variable: () => SECRET,
  })
  const counting: KeyFinder = (...wanted) => {
    lookups++
    return find(...wanted)
  }
  const parsed = parseBearer(`Bearer ${token}`)
  const issuer = issuersAt(URI).find((each) => each.name === name)
  if (parsed === undefined || issuer === undefined) return invalid('not a Bearer header')
  return tokenCheck({ ...noTokens, keys: counting })(parsed, issuer, {
    now: NOW,
    clientCertificate: () => certificates[certificate ?? ''],
  })
}

const made = (recipe: Recipe) => keys.sign(recipe, seconds)

test('there are as many vectors as were promised', () => {
  expect(vectors.valid.length).toBeGreaterThanOrEqual(20)
  expect(vectors.hostile.length).toBeGreaterThanOrEqual(100)
})

test('the documentation explains every reason', () => {
  const text = readFileSync('docs/tokens.md', 'utf8')
  const reasons = new Set(vectors.hostile.map(({ why }) => why))
  expect([...reasons].filter((why) => !text.includes(`\`${why}\``))).toEqual([])
})

describe('accepted', () => {
  test.each(vectors.valid)('$name', async (recipe) => {
    const outcome = await present(await made(recipe), recipe.issuer, recipe.certificate)
    expect(outcome).toMatchObject({ ok: true, value: { scopes: ['read', 'write'] } })
  })

  test('as a library writes it', async () => {
    const key = new TextEncoder().encode(SECRET)
    const token = await new SignJWT({ scope: 'read write' })
      .setProtectedHeader({ alg: 'HS512', typ: 'JWT' })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + 60)
      .sign(key)
    expect(await present(token, 'shared')).toMatchObject({ ok: true })
  })
})

describe('refused, with a sentence for the log and nothing of the token', () => {
  test.each(vectors.hostile)('$name', async (recipe) => {
    const outcome = await present(await made(recipe), recipe.issuer, recipe.certificate)
    expect(outcome).toEqual(invalid(recipe.why))
    expect(lookups).toBe(recipe.lookup ? 1 : 0)
  })
})

test.each([
  ['Bearer abcdefghijklmnop', 'abcdefghijklmnop'],
  ['bEARER   abcdefghijklmnop', 'abcdefghijklmnop'],
  ['Bearer abcdefghijklmno', undefined],
  [`Bearer ${'a'.repeat(16 * 1024)}`, 'a'.repeat(16 * 1024)],
  [`Bearer ${'a'.repeat(16 * 1024 + 1)}`, undefined],
  ['Bearer abcdefghijkl,mnop', undefined],
  ['Bearer abcdefghijklmnop=', 'abcdefghijklmnop='],
  ['Bearer =abcdefghijklmnop', undefined],
  ['xBearer abcdefghijklmnop', undefined],
  ['Basic abcdefghijklmnop', undefined],
  ['abcdefghijklmnopqrst', undefined],
])('the token in %.30s', (header, token) => {
  expect(parseBearer(header)).toBe(token)
})

test.each([
  [{ scope: 'a b  c' }, ['a', 'b', 'c']],
  [{ scp: ['a', 'b', 7] }, ['a', 'b']],
  [{ scp: 'a' }, ['a']],
  [{}, []],
  [{ scope: 7 }, []],
])('the scopes of %j', (body, scopes) => {
  expect(scopesOf(body)).toEqual(scopes)
})
