import { describe, expect, test } from 'vitest'
import type { BodyKind } from '../../src/decision/facts.ts'
import { requestBody } from '../../src/http/body.ts'

const FORM = 'application/x-www-form-urlencoded'
const LIMIT = 1000
const ALL: readonly BodyKind[] = ['form', 'json', 'multipart']

const post = (body: BodyInit, contentType: string, headers: Record<string, string> = {}): Request =>
  new Request('http://gw.example/', {
    method: 'POST',
    body,
    headers: { 'content-type': contentType, ...headers },
  })

const read = (request: Request, kinds = ALL) => requestBody(request).read(kinds, LIMIT)

describe('a body is read by its media type', () => {
  test.each([
    [FORM, 'form', ''],
    [`${FORM}; charset=utf-8`, 'form', ''],
    [`${FORM};charset="UTF-8"`, 'form', ''],
    ['Application/X-WWW-Form-Urlencoded', 'form', ''],
    ['application/json', 'json', ''],
    ['application/json; charset=utf8', 'json', ''],
    ['multipart/form-data; boundary=abc', 'multipart', 'abc'],
    ['multipart/form-data; boundary="a,b c"', 'multipart', 'a,b c'],
  ])('%s', async (type, kind, boundary) => {
    expect(await read(post('{"a":1}', type))).toEqual({
      ok: true,
      value: { kind, text: '{"a":1}', boundary },
    })
  })

  test.each(['text/plain', `${FORM}x`, 'application/jose+json', 'multipart/mixed; boundary=a'])(
    '%s is of another kind and stays unread',
    async (type) => {
      const request = post('client_id=a', type)
      const body = requestBody(request)
      expect(await body.read(ALL, LIMIT)).toEqual({ ok: false, error: 'other_kind' })
      expect(body.forward()).toBe(request.body)
    },
  )

  test('a kind that is not asked for stays unread', async () => {
    expect(await read(post('{}', 'application/json'), ['form'])).toEqual({ ok: false, error: 'other_kind' })
  })
})

test.each([
  ['two types in one header', `${FORM}, text/plain`, {}],
  ['two types, the form last', `text/plain, ${FORM}`, {}],
  ['a charset in which the bytes mean something else', `${FORM}; charset=utf-7`, {}],
  ['two charsets', `${FORM}; charset=utf-8; charset=utf-16`, {}],
  ['a parameter that is none', `${FORM}; charset`, {}],
  ['no boundary', 'multipart/form-data', {}],
  ['two boundaries', 'multipart/form-data; boundary=a; boundary=b', {}],
  ['a compressed body', FORM, { 'content-encoding': 'gzip' }],
  ['a body that is compressed twice', FORM, { 'content-encoding': 'identity, gzip' }],
])('malformed: %s', async (_, type, headers) => {
  expect(await read(post('a=1', type, headers))).toEqual({ ok: false, error: 'malformed' })
})

test('what was read goes on byte for byte', async () => {
  const sent = 'b=2&a=%7E+x&client_id=%61'
  const body = requestBody(post(sent, FORM))
  await body.read(ALL, LIMIT)
  expect(new TextDecoder().decode(body.forward() as Uint8Array)).toBe(sent)
})

test('asked twice, it is read once', async () => {
  const body = requestBody(post('a=1', FORM))
  expect(await body.read(ALL, LIMIT)).toEqual(await body.read(ALL, LIMIT))
})

test.each([
  [LIMIT, true],
  [LIMIT + 1, false],
])('a form of %d bytes is read: %s', async (length, isRead) => {
  const form = await read(post('x'.repeat(length), FORM))
  expect(form.ok).toBe(isRead)
  if (!form.ok) expect(form.error).toBe('too_large')
})

test('bytes that are not UTF-8 are malformed', async () => {
  expect(await read(post(new Uint8Array([0x61, 0x3d, 0xff]), FORM))).toEqual({
    ok: false,
    error: 'malformed',
  })
})

test('a body that breaks off is malformed: the caller hung up, or broke the chunked coding', async () => {
  const breaking = new ReadableStream({
    pull: (controller) => controller.error(new Error('Network connection lost.')),
  })
  const request = new Request('http://gw.example/', {
    method: 'POST',
    body: breaking,
    headers: { 'content-type': FORM },
    duplex: 'half',
  } as RequestInit)
  expect(await read(request)).toEqual({ ok: false, error: 'malformed' })
})

test('a body that stops coming is malformed after a while, and is waited for no longer', async () => {
  let isCancelled = false
  const stopping = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode('a=')),
    cancel: () => {
      isCancelled = true
    },
  })
  const request = new Request('http://gw.example/', {
    method: 'POST',
    body: stopping,
    headers: { 'content-type': FORM },
    duplex: 'half',
  } as RequestInit)
  let isTimed = false
  const body = requestBody(request, (_, then) => {
    then()
    return () => {
      isTimed = true
    }
  })
  expect(await body.read(ALL, LIMIT)).toEqual({ ok: false, error: 'malformed' })
  expect([isCancelled, isTimed]).toEqual([true, true])
})

test('a body of no bytes is none, whatever its type: the runtime makes a stream of it', async () => {
  expect(await read(post('', 'text/plain', { 'content-length': '0' }))).toEqual({
    ok: true,
    value: undefined,
  })
})

test('a request without a body has none', async () => {
  expect(await read(new Request('http://gw.example/'))).toEqual({ ok: true, value: undefined })
})

test('one parameter is set, and all the rest goes on byte for byte', async () => {
  const body = requestBody(post('b=%7e&scope=a+b&c', FORM))
  await body.read(ALL, LIMIT)
  const sent = body.forward({ name: 'scope', value: 'a' })
  expect(new TextDecoder().decode(sent as Uint8Array)).toBe('b=%7e&scope=a&c')
})
