import { parseAddress } from '../../src/base/address.ts'
import { ok } from '../../src/base/result.ts'
import type { Facts } from '../../src/decision/facts.ts'

/** An instant that every test without a reason of its own calls now. */
export const NOW = Date.parse('2026-11-22T10:00:00Z')

/** Facts of a plain GET, changed where a test needs it. */
export const facts = (changes: Partial<Facts> = {}): Facts => ({
  method: 'GET',
  host: 'gw.example',
  rawPath: '/',
  query: '',
  address: addressOf('192.0.2.10'),
  authorization: undefined,
  form: () => ok(undefined),
  upgrade: undefined,
  now: NOW,
  ...changes,
})

export function addressOf(text: string) {
  const address = parseAddress(text)
  if (!address.ok) throw new Error(`not an address: ${text}`)
  return address.value
}

export const basic = (clientId: string, secret: string): string =>
  `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`

export const form = (body: string) => () => ok(body)
