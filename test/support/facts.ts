import { parseAddress } from '../../src/base/address.ts'
import { fail, ok } from '../../src/base/result.ts'
import type { BodyText, Facts } from '../../src/decision/facts.ts'

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
  body: () => ok(undefined),
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

/** A form body, as `Facts.body` gives it. */
export const form = (text: string): Facts['body'] => bodyOf({ kind: 'form', text, boundary: '' })

/** A body of any kind: read where its kind is asked for and its length within the limit, as the gateway does. */
export const bodyOf =
  (body: BodyText): Facts['body'] =>
  (kinds, limit) => {
    if (!kinds.includes(body.kind)) return fail('other_kind')
    return Buffer.byteLength(body.text) > limit ? fail('too_large') : ok(body)
  }
