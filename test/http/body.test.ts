import { expect, test } from 'vitest'
import { MAX_FORM_BYTES, requestBody } from '../../src/http/body.ts'

const FORM = 'application/x-www-form-urlencoded'

const post = (body: BodyInit, contentType: string): Request =>
  new Request('http://gw.example/', { method: 'POST', body, headers: { 'content-type': contentType } })

test.each([FORM, `${FORM}; charset=utf-8`, 'Application/X-WWW-Form-Urlencoded'])(
  'a form is read: %s',
  async (type) => {
    const form = await requestBody(post('client_id=a%20b&x=1', type)).form()
    expect(form).toEqual({ ok: true, value: 'client_id=a%20b&x=1' })
  },
)

test.each(['application/json', `${FORM}x`, 'text/plain'])('%s is no form and stays unread', async (type) => {
  const request = post('client_id=a', type)
  const body = requestBody(request)
  expect(await body.form()).toEqual({ ok: true, value: undefined })
  expect(body.forward()).toBe(request.body)
})

test('what was read goes on byte for byte', async () => {
  const sent = 'b=2&a=%7E+x&client_id=%61'
  const body = requestBody(post(sent, FORM))
  await body.form()
  expect(new TextDecoder().decode(body.forward() as Uint8Array)).toBe(sent)
})

test('asked twice, it is read once', async () => {
  const body = requestBody(post('a=1', FORM))
  expect(await body.form()).toEqual(await body.form())
})

test.each([
  [MAX_FORM_BYTES, true],
  [MAX_FORM_BYTES + 1, false],
])('a form of %d bytes is read: %s', async (length, read) => {
  const form = await requestBody(post('x'.repeat(length), FORM)).form()
  expect(form.ok).toBe(read)
  if (!form.ok) expect(form.error).toBe('too_large')
})

test('bytes that are not UTF-8 are malformed', async () => {
  expect(await requestBody(post(new Uint8Array([0x61, 0x3d, 0xff]), FORM)).form()).toEqual({
    ok: false,
    error: 'malformed',
  })
})

test('a request without a body has no form', async () => {
  expect(await requestBody(new Request('http://gw.example/')).form()).toEqual({ ok: true, value: undefined })
})
