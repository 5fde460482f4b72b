import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BodyText } from '../../src/decision/facts.ts'
import { foldedParameter } from '../../src/parameters/parameter.ts'
import { parametersOf, withParameter } from '../../src/parameters/read.ts'

const form = (text: string): BodyText => ({ kind: 'form', text, boundary: '' })
const json = (text: string): BodyText => ({ kind: 'json', text, boundary: '' })
const multipart = (text: string): BodyText => ({ kind: 'multipart', text, boundary: 'B' })
const part = (name: string, value: string, more = ''): string =>
  `--B\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`

const pairs = (body: BodyText) => parametersOf(body)?.map(({ name, value }) => [name, value])

describe('read', () => {
  test.each([
    [
      'a form',
      form('a=1&b=%C3%A4+x&c&=d'),
      [
        ['a', '1'],
        ['b', 'ä x'],
        ['c', ''],
        ['', 'd'],
      ],
    ],
    [
      'an empty pair',
      form('a=1&&b=2'),
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      'one parameter twice',
      form('a=1&a=2'),
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ],
    [
      'JSON',
      json('{"a":"x","b":{"a":"y"},"c":[1,{"d":2}],"e\\u0061":"}"}'),
      [
        ['a', 'x'],
        ['b', undefined],
        ['c', undefined],
        ['ea', '}'],
      ],
    ],
    [
      'one member twice',
      json('{"a":"1", "\\u0061":"2"}'),
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ],
    ['an empty object', json(' {} '), []],
    [
      'parts',
      multipart(`${part('a', '1')}${part('b', 'x\r\ny')}--B--\r\n`),
      [
        ['a', '1'],
        ['b', 'x\r\ny'],
      ],
    ],
    [
      'a part with its type',
      multipart(`${part('a', '1', '\r\nContent-Type: text/plain; charset=utf-8')}--B--`),
      [['a', '1']],
    ],
  ])('%s', (_, body, expected) => {
    expect(pairs(body)).toEqual(expected)
  })

  test.each([
    ['a bare percent sign', form('a=100%')],
    ['bytes that are not UTF-8', form('a=%ff')],
    ['a semicolon, which some take for &', form('a=1;b=2')],
    ['a list', json('["a"]')],
    ['text', json('"a"')],
    ['null', json('null')],
    ['JSON with a comment', json('{"a":1/**/}')],
    ['JSON behind a byte order mark', json('\uFEFF{"a":"1"}')],
    ['two objects', json('{"a":"1"}{"a":"2"}')],
    ['no parts', multipart('')],
    ['text before the first boundary', multipart(`x\r\n${part('a', '1')}--B--`)],
    ['text after the last one', multipart(`${part('a', '1')}--B--\r\nx`)],
    [
      'parts that go on after the last boundary',
      multipart(`${part('a', '1')}--B--\r\n${part('a', '2')}--B--`),
    ],
    ['no last boundary', multipart(part('a', '1'))],
    ['a longer boundary inside', multipart(`${part('a', 'x\r\n--BB\r\n')}--B--`)],
    [
      'blanks behind a boundary',
      multipart(`--B \r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--B--`),
    ],
    ['bare line feeds', multipart('--B\nContent-Disposition: form-data; name="a"\n\n1\n--B--')],
    ['a file', multipart(`${part('a', '1', '; filename="b"')}--B--`)],
    ['a second name', multipart(`${part('a', '1', '; name="b"')}--B--`)],
    ['a name in another charset', multipart(`${part('a', '1', "; name*=UTF-8''b")}--B--`)],
    ['an encoded part', multipart(`${part('a', '1', '\r\nContent-Transfer-Encoding: base64')}--B--`)],
    ['an escaped name', multipart(`${part('a%22', '1')}--B--`)],
  ])('not read: %s', (_, body) => {
    expect(parametersOf(body)).toBeUndefined()
  })
})

describe('one parameter replaced', () => {
  test.each([
    ['in a form', form('b=%7e&scope=a+b&c=1'), 'b=%7e&scope=a&c=1'],
    ['in JSON', json('{ "b": 1.0, "scope" : "a b" ,"9":2}'), '{ "b": 1.0, "scope" :"a","9":2}'],
    [
      'in parts',
      multipart(`${part('scope', 'a b')}${part('c', '1')}--B--`),
      `${part('scope', 'a')}${part('c', '1')}--B--`,
    ],
    ['put at the end of a form', form('b=1'), 'b=1&scope=a'],
    ['put at the end of JSON', json('{"b":1}'), '{"b":1,"scope":"a"}'],
    ['put into an empty object', json('{}'), '{"scope":"a"}'],
    [
      'put behind the last part',
      multipart(`${part('b', '1')}--B--\r\n`),
      `${part('b', '1')}${part('scope', 'a')}--B--\r\n`,
    ],
  ])('%s', (_, body, expected) => {
    expect(withParameter(body, 'scope', 'a')).toBe(expected)
  })

  const names = fc.uniqueArray(fc.stringMatching(/^[a-z_]{1,6}$/), { minLength: 1, maxLength: 5 })
  const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('--B'))

  test('what is written is what is read, and nothing else changes', () => {
    fc.assert(
      fc.property(names, text, text, fc.nat(4), (keys, before, after, at) => {
        const key = keys[at % keys.length] ?? ''
        const bodies = [
          form(new URLSearchParams(keys.map((name) => [name, before])).toString()),
          json(JSON.stringify(Object.fromEntries(keys.map((name) => [name, before])))),
          multipart(`${keys.map((name) => part(name, before)).join('')}--B--`),
        ]
        for (const body of bodies) {
          const replaced = { ...body, text: withParameter(body, key, after) }
          expect(pairs(replaced)).toEqual(keys.map((name) => [name, name === key ? after : before]))
        }
      }),
    )
  })
})

describe('any text', () => {
  const forms = fc.string({ unit: fc.constantFrom(...'ab=&;+% 2fé0\0'), maxLength: 24 })
  const jsons = fc.string({ unit: fc.constantFrom(...'{}[]":,\\ u0a1-e'), maxLength: 24 })
  const texts = fc.oneof(forms, jsons, fc.json({ maxDepth: 3 }), fc.string({ unit: 'binary' }))

  test('is read or not, and is never the end of the reader', () => {
    fc.assert(
      fc.property(texts, (any) => {
        for (const body of [form(any), json(any), multipart(any), multipart(`${part('a', any)}--B--`)]) {
          const found = parametersOf(body) ?? []
          for (const { from, to } of found)
            expect(0 <= from && from <= to && to <= any.length * 2 + 80).toBe(true)
        }
      }),
      { numRuns: 3000 },
    )
  })

  test('a form that is read says what URLSearchParams says', () => {
    let read = 0
    fc.assert(
      fc.property(forms, (any) => {
        const found = parametersOf(form(any))
        if (found === undefined) return
        read++
        expect(found.map(({ name, value }) => [name, value])).toEqual([...new URLSearchParams(`&${any}`)])
      }),
      { numRuns: 3000 },
    )
    expect(read).toBeGreaterThan(200)
  })

  test('JSON that is read says what JSON.parse says, but for names that stand twice', () => {
    const object = fc.dictionary(fc.string({ maxLength: 4 }), fc.jsonValue({ maxDepth: 2 }), {
      noNullPrototype: true,
    })
    fc.assert(
      fc.property(object, fc.constantFrom(undefined, 1, '\t'), (any, indent) => {
        const found = parametersOf(json(JSON.stringify(any, undefined, indent))) ?? []
        const texts = Object.entries(any).map(([name, value]) => [
          name,
          typeof value === 'string' ? value : undefined,
        ])
        expect(found.map(({ name, value }) => [name, value])).toEqual(texts)
      }),
      { numRuns: 2000 },
    )
  })
})

test.each([
  ['Client_Id', 'client_id'],
  ['client_id[]', 'client_id'],
  ['client_id[0][x]', 'client_id'],
  ['client.id', 'client_id'],
  [' client id ', 'client_id'],
  ['client_id\0x', 'client_id'],
  ['client-id', 'client_id'],
  ['clientid', 'clientid'],
])('%j may be read as %s', (name, folded) => {
  expect(foldedParameter(name)).toBe(folded)
})
