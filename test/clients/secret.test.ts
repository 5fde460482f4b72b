import { expect, test } from 'vitest'
import { checkSecret, nobodysSecrets } from '../../src/clients/secret.ts'

const now = Date.parse('2026-11-22T10:00:00Z')

async function sha256(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return Buffer.from(bytes).toString('hex')
}

test.each([
  ['the right secret', 'new', true],
  ['the rotated secret, until its end', 'old', true],
  ['a secret at the instant it ends', 'ended', false],
  ['another text', 'neu', false],
  ['the empty text', '', false],
  ['the hash itself', '0'.repeat(64), false],
])('%s', async (_, secret, accepted) => {
  const entries = [
    { sha256: await sha256('old'), expires: now + 1 },
    { sha256: await sha256('ended'), expires: now },
    { sha256: await sha256('new'), expires: now + 1_000_000 },
  ]
  expect(await checkSecret(secret, entries, now)).toBe(accepted)
})

test('no secret is one of nobody’s, whatever the clock says', async () => {
  expect(await checkSecret('', nobodysSecrets, -1)).toBe(false)
})

test('a secret that is not ASCII is hashed as UTF-8', async () => {
  expect(await checkSecret('päss', [{ sha256: await sha256('päss'), expires: now + 1 }], now)).toBe(true)
})
