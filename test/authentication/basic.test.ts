import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hasControl, parseBasic } from '../../src/authentication/basic.ts'
import { parseBearer } from '../../src/authentication/bearer.ts'
import { type Presented, presented } from '../../src/authentication/presented.ts'
import vectors from '../vectors/basic.json' with { type: 'json' }

test.each(vectors.accepted)('accepts $title', ({ header, clientId, secret }) => {
  expect(parseBasic(header)).toEqual({ clientId, secret })
})

test.each(vectors.refused)('refuses $title', ({ header }) => {
  expect(parseBasic(header)).toBeUndefined()
})

const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => !hasControl(text))
const id = word.filter((text) => !text.includes(':'))
const headerOf = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`

test('every id and secret that may be sent comes back as it was', () => {
  fc.assert(
    fc.property(id, word, (clientId, secret) => {
      expect(parseBasic(headerOf(`${clientId}:${secret}`))).toEqual({ clientId, secret })
    }),
    { numRuns: 2000 },
  )
})

test('any bytes give credentials that say just these bytes, or none', () => {
  const octet = fc.oneof({ weight: 20, arbitrary: fc.integer({ min: 0x20, max: 0x7e }) }, fc.nat(0xff))
  const around = fc.array(octet, { maxLength: 20 }).map((octets) => Buffer.from(octets))
  const withColon = fc
    .tuple(around, around)
    .map(([left, right]) => Buffer.concat([left, Buffer.from(':'), right]))
  let read = 0
  fc.assert(
    fc.property(fc.oneof(around, withColon), (bytes) => {
      const header = `Basic ${bytes.toString('base64')}`
      const found = parseBasic(header)
      if (found === undefined) return
      read++
      expect(headerOf(`${found.clientId}:${found.secret}`)).toBe(header)
    }),
    { numRuns: 5000 },
  )
  expect(read).toBeGreaterThan(500)
})

const route = {
  credentialsIn: ['form'],
  bearer: 'refuse',
  tokenRequest: false,
  excessScopes: 'refuse',
} as const
const shown = (header: string): Presented | undefined => {
  const found = presented(header, {}, route)
  return found.ok ? found.value : undefined
}

test('no header makes a reader throw, and one header is never two schemes', () => {
  const scheme = fc.constantFrom('Basic', 'basic', 'BASIC ', 'Bearer', 'Basic\t', 'xBasic', '', 'Basic Basic')
  const rest = fc.oneof(
    fc.base64String(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('=', '====', 'Og==', '%%%'),
  )
  fc.assert(
    fc.property(scheme, rest, (start, end) => {
      const header = `${start} ${end}`
      const [basic, bearer] = [parseBasic(header), parseBearer(header)]
      expect(basic === undefined || bearer === undefined).toBe(true)
      expect(shown(header) !== undefined).toBe(basic !== undefined)
    }),
    { numRuns: 5000 },
  )
})

const formEncoded = (text: string): string => encodeURIComponent(text).replaceAll('%20', '+')

test('both readings: as it is (RFC 7617) and form-encoded (RFC 6749 section 2.3.1)', () => {
  fc.assert(
    fc.property(word, word, (clientId, secret) => {
      const encoded = shown(headerOf(`${formEncoded(clientId)}:${formEncoded(secret)}`))
      expect(encoded).toMatchObject({
        ids: expect.arrayContaining([clientId]),
        secrets: expect.arrayContaining([secret]),
      })
      if (clientId.includes(':')) return
      const plain = shown(headerOf(`${clientId}:${secret}`))
      expect(plain).toMatchObject({ by: 'client_secret_basic' })
      // What was written always counts, and beside it one other reading at most.
      if (plain?.by !== 'client_secret_basic') return
      expect([plain.ids[0], plain.secrets[0]]).toEqual([clientId, secret])
      expect(plain.ids.length + plain.secrets.length).toBeLessThanOrEqual(4)
    }),
    { numRuns: 2000 },
  )
})
