import { expect, test } from 'vitest'
import { masked, maskedSource } from '../../src/source/secrets.ts'
import { sourceText } from '../../src/source/text.ts'

const shown = (text: string): string => maskedSource(sourceText('a.yaml', 'a.yaml', text)).text
const HASH = `sha256:${'0a'.repeat(32)}`

test.each([
  ['origin: https://user:MARK@host', 'origin: https://***@host'],
  ['GET /a?x=1&access_token=MARK&y=2', 'GET /a?x=1&access_token=***&y=2'],
  ['`GET /a?code=MARK` is no request', '`GET /a?code=***` is no request'],
  ["unknown option '--client-secret=MARK'", "unknown option '--client-secret=***'"],
  ["unknown option '--token=MARK'", "unknown option '--token=***'"],
  ['client_id=a&client_secret=MARK&x=1', 'client_id=a&client_secret=***&x=1'],
  ['a eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJNQVJLIn0.c2lnbmF0dXJl b', 'a *** b'],
  ['Authorization: Basic Y3JtOk1BUks=', 'Authorization: Basic ***'],
  ['authorization: bearer 2YotnFZFEjr1zCsicMWpAA', 'authorization: bearer ***'],
  ['{"kty":"OKP","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}', '{"kty":"OKP","d":"***"}'],
  [
    '-----BEGIN PRIVATE KEY-----\nMARK\n-----END PRIVATE KEY-----',
    '-----BEGIN PRIVATE KEY-----***-----END PRIVATE KEY-----',
  ],
])('%j is shown as %j', (text, expected) => {
  expect(masked(text)).toBe(expected)
})

test.each([
  'pass  credentials basic, client crm-sync',
  'needs basic: id and secret of an API client of akamai',
  'GET /akamai/config/{app}/clients?x=1',
  'write `sha256:` and 64 digits, as `sallyport client new-secret` prints it',
  'https://acme.example/path@2',
  'SALLYPORT_SECRET_X=... sallyport attack',
  'a bearer assertion is not a bearer token',
  `hash: ${HASH}`,
])('%j has no secret', (text) => {
  expect(masked(text)).toBe(text)
  expect(shown(text)).toBe(text)
})

test.each([
  ['    - hash: MARK', '    - hash: ****'],
  ['hash: "MARK"', 'hash: ******'],
  ['hash: MARK # why', 'hash: **** # why'],
  ['hash: sha256:MARK', 'hash: ***********'],
  ['- { hash: MARK, generated_bits: 256 }', '- { hash: ****, generated_bits: 256 }'],
  ["- { hash: 'MA,RK', generated_bits: 256 }", '- { hash: *******, generated_bits: 256 }'],
  ['secrets: MARK', 'secrets: ****'],
  ['secrets: [MARK, MARK2]', 'secrets: [****, *****]'],
  ['secrets: [{ hash: MARK, expires: 2027-01-01 }]', 'secrets: [{ hash: ****, expires: 2027-01-01 }]'],
  ['secrets:\n  - MARK\nname: x', 'secrets:\n  - ****\nname: x'],
  ['  secrets:\n  - MARK\n  name: x', '  secrets:\n  - ****\n  name: x'],
  ['secrets:\n  - hash:\n      MARK\n    expires: x', 'secrets:\n  - hash:\n      ****\n    expires: x'],
  ['secrets: [\n  MARK\n]', 'secrets: [\n  ****\n]'],
  ['secrets:\n  - value: MARK\n    note: a note', 'secrets:\n  - value: ****\n    note: a note'],
  ['hash: |\n  MARK\n  more\nname: x', 'hash: |\n  ****\n  ****\nname: x'],
  ['client_secret: MARK', 'client_secret: ****'],
  [
    'introspection: { client_secret: MARK, auth: post }',
    'introspection: { client_secret: ****, auth: post }',
  ],
  ['secret: MARK', 'secret: ****'],
  ['a: { secrets: [MARK, "M]K"], x: [y] }', 'a: { secrets: [****, **]**], x: [y] }'],
  ['a: { secrets: MARK, x: [y] }', 'a: { secrets: ****, x: [y] }'],
  ['no-secret:\n  secret: MARK\n  x: y', 'no-secret:\n  secret: ****\n  x: y'],
  ['  Password : MARK', '  Password : ****'],
  ['"api_key": "MARK"', '"api_key": ******'],
  ['hash: MARK\nhash: MARK', 'hash: ****\nhash: ****'],
  ['hash: MARK\r\nname: x', 'hash: ****\r\nname: x'],
  ['{ broken: [\n  hash: MARK', '{ broken: [\n  hash: ****'],
  ['d: MARKMARKMARKMARK', 'd: ****************'],
])('of %j a person sees %j', (text, expected) => {
  expect(shown(text)).toBe(expected)
})

test.each([
  'secrets: none',
  'secrets: upstream # the vendor has them',
  "client_secret: '${ISSUER_SECRET}'",
  `secrets:\n  - hash: ${HASH}\n    generated_bits: 256\n    expires: 2027-02-01\n    note: old secret: goes soon\nfeatures: [a]`,
  `secrets: [{ hash: ${HASH}, generated_bits: 256, expires: 2027-02-01 }]`,
  'hide_query: [access_token, code]',
  'crm: { allow_list: any, secrets: none, features: [reader] }',
  'no-secret: { allow_list: any, secrets: none }',
  '  no-secret:\n    upstream: up\n    secrets: none\n  other: {}',
  `a: { secrets: [{ hash: ${HASH}, generated_bits: 256 }], features: [reader] }`,
  'authentication: client_secret_basic',
  'networks:\n  k: [192.0.2.0/24]\n  d:\n    - 192.0.2.1',
])('%j is shown as it is', (text) => {
  expect(shown(text)).toBe(text)
})

test('places stay what they are', () => {
  const text = 'secrets:\n  - hash: MARK ✓\n    expires: x\n'
  expect(shown(text)).toHaveLength(text.length)
})
