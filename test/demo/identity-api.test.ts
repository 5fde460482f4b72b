import { expect, test } from 'vitest'
import identityApi from '../../demo/identity-api.ts'

const ADA = '00000000-0000-4000-8000-000000000001'

async function call(method: string, path: string, form?: Readonly<Record<string, string>>): Promise<unknown> {
  const body = form && new URLSearchParams({ ...form })
  const response = await identityApi.fetch(
    new Request(`http://upstream.example${path}`, {
      method,
      headers: { authorization: 'Basic c2VjcmV0', 'x-request-id': '72gnhpkttcjgc3ns' },
      ...(body && { body }),
    }),
  )
  return response.json()
}

test('a record is created, found, changed and deleted', async () => {
  const created = await call('POST', '/entity.create', { attributes: '{"email":"new@acme.example"}' })
  expect(created).toMatchObject({ stat: 'ok', id: expect.any(Number), uuid: expect.any(String) })

  const named = { key_attribute: 'email', key_value: '"new@acme.example"' }
  expect(
    await call('POST', '/entity.update', { ...named, attributes: '{"givenName":"New","id":99}' }),
  ).toEqual({
    stat: 'ok',
  })
  const found = await call('GET', "/entity.find?filter=email%20%3D%20'new@acme.example'")
  expect(found).toMatchObject({ stat: 'ok', result_count: 1, results: [{ givenName: 'New', id: 3 }] })

  expect(await call('POST', '/entity.delete', named)).toEqual({ stat: 'ok' })
  expect(await call('POST', '/entity', named)).toMatchObject({ code: 310, error: 'record_not_found' })
})

test.each([
  ['/entity', {}, { code: 100, argument_name: 'uuid' }],
  ['/entity.create', {}, { code: 100, argument_name: 'attributes' }],
  ['/entity.create', { attributes: '[1]' }, { code: 200, argument_name: 'attributes' }],
  ['/entity.update', { uuid: ADA, attributes: '{' }, { code: 200, argument_name: 'attributes' }],
  ['/entity.find', { filter: 'email > 1' }, { code: 200, argument_name: 'filter' }],
  ['/entity.find', { max_results: '0' }, { code: 200, argument_name: 'max_results' }],
])('POST %s with %o fails as the vendor does', async (path, form, expected) => {
  expect(await call('POST', path, form)).toMatchObject({
    stat: 'error',
    request_id: '72gnhpkttcjgc3ns',
    ...expected,
  })
})

test('a call it does not know is shown as it arrived, without the credentials', async () => {
  expect(await call('PUT', '/config/acme/clients/8yj2?verbose=1', { name: 'x' })).toMatchObject({
    forwarded: {
      method: 'PUT',
      path: '/config/acme/clients/8yj2',
      query: 'verbose=1',
      headers: { authorization: 'Basic (hidden)' },
    },
  })
})
