import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseAddress } from '../../src/base/address.ts'
import { requestBody } from '../../src/http/body.ts'
import { factsOf } from '../../src/http/facts.ts'
import { NOW } from '../support/facts.ts'

/** A request as workerd hands it over: the URL raw, the Host header spliced into it. Node's own would tidy it. */
function request(target: string, headers: Record<string, string> = {}, host = 'gw.example'): Request {
  const fields = new Headers(headers)
  fields.set('host', host)
  return { method: 'GET', url: `http://${host}${target}`, headers: fields, body: null } as unknown as Request
}

const factsFor = (sent: Request) => factsOf(sent, requestBody(sent), NOW)

describe('the request target', () => {
  test.each([
    ['/config/clients', '/config/clients', ''],
    ['/a?b=c?d', '/a', 'b=c?d'],
    ['/public/../config?x', '/public/../config', 'x'],
    ['//evil.example/x', '//evil.example/x', ''],
    ['/a#b?c', '/a#b', 'c'],
    ['/', '/', ''],
  ])('%s is read as it was sent', (target, rawPath, query) => {
    expect(factsFor(request(target))).toMatchObject({ ok: true, value: { rawPath, query } })
  })

  test('an asterisk is no path (P12)', () => {
    expect(factsFor(request('*'))).toMatchObject({ ok: false, error: { reason: 'bad_request' } })
  })
})

describe('the Host header', () => {
  test.each([
    ['gw.example', 'gw.example'],
    ['GW.EXAMPLE:443', 'gw.example'],
    ['127.0.0.1:8787', '127.0.0.1'],
    ['[::1]:8787', '[::1]'],
  ])('%s names %s', (host, name) => {
    expect(factsFor(request('/', {}, host))).toMatchObject({ ok: true, value: { host: name } })
  })

  test.each([
    'localhost/public/x?',
    'user@gw.example',
    'gw.example:',
    'gw.example:99999999',
    'gw.example gw.example',
    'a,b',
    'gw.example#',
    '',
    'gw.example\\x',
  ])('%j is refused before anything reads the URL', (host) => {
    expect(factsFor(request('/config', {}, host))).toMatchObject({
      ok: false,
      error: { reason: 'bad_request' },
    })
  })
})

describe('the caller’s address', () => {
  const address = (headers: Record<string, string>) => {
    const facts = factsFor(request('/', headers))
    return facts.ok ? facts.value.address : 'refused'
  }

  test.each([
    ['192.0.2.10', { family: 4, value: 0xc000020a }],
    ['::ffff:192.0.2.10', { family: 4, value: 0xc000020a }],
    ['2001:DB8::1', { family: 6, value: '20010db8000000000000000000000001' }],
  ])('%s', (sent, expected) => {
    expect(address({ 'CF-Connecting-IP': sent })).toEqual(expected)
  })

  test.each([
    ['absent (A3)', {}],
    ['doubled (A4)', { 'cf-connecting-ip': '192.0.2.1, 203.0.113.9' }],
    ['garbage (A5)', { 'cf-connecting-ip': '192.0.2.1\u00ff' }],
    ['octal (A9)', { 'cf-connecting-ip': '010.0.0.1' }],
    ['with a port (A10)', { 'cf-connecting-ip': '192.0.2.10:443' }],
    ['of another zone’s Worker (A11)', { 'cf-connecting-ip': '192.0.2.10', 'cf-worker': 'evil.example' }],
    ['a pseudo IPv4 address (A12)', { 'cf-connecting-ip': '240.16.0.1' }],
    [
      'in every header but the right one (A1)',
      {
        'x-forwarded-for': '192.0.2.10',
        'x-real-ip': '192.0.2.10',
        'true-client-ip': '192.0.2.10',
        'cf-connecting-ipv6': '2001:db8::1',
        forwarded: 'for=192.0.2.10',
      },
    ],
  ])('%s: none', (_, headers) => {
    expect(address(headers)).toBeUndefined()
  })
})

describe('the client certificate', () => {
  const shown = {
    certPresented: '1',
    certVerified: 'SUCCESS',
    certRevoked: '0',
    certSubjectDNRFC2253: 'CN=batch,O=Acme',
    certFingerprintSHA256: 'AB'.repeat(32),
  }
  const certificateOf = (tlsClientAuth: unknown) => {
    const request = new Request('http://gw.example/', { headers: { host: 'gw.example' } })
    Object.defineProperty(request, 'cf', { value: { tlsClientAuth } })
    const made = factsOf(request, requestBody(request), NOW)
    return made.ok ? made.value.clientCertificate?.() : made
  }

  test('one that the platform verified', () => {
    expect(certificateOf(shown)).toEqual({
      verified: true,
      subjectDn: 'CN=batch,O=Acme',
      fingerprintSha256: 'ab'.repeat(32),
    })
  })

  test.each([
    ['revoked', { certRevoked: '1' }],
    ['self-signed', { certVerified: 'FAILED:self signed certificate' }],
    ['of a platform that does not say', { certVerified: undefined }],
  ])('not verified: %s', (_, changes) => {
    expect(certificateOf({ ...shown, ...changes })).toMatchObject({ verified: false })
  })

  test.each([
    ['none shown', { certPresented: '0', certVerified: 'NONE' }],
    ['no TLS', undefined],
    ['something else', 'SUCCESS'],
  ])('none: %s', (_, sent) => {
    expect(certificateOf(sent)).toBeUndefined()
  })
})

describe('whatever is sent', () => {
  const text = fc.stringMatching(/^[\x20-\x7e]{0,24}$/).map((sent) => sent.trim())
  const target = fc.oneof(
    text,
    text.map((rest) => `/${rest}`),
  )
  const host = fc.oneof(
    text,
    fc.constantFrom('gw.example', 'gw.example/public/x?', 'a@gw.example', 'gw.example:1', '[::1]'),
  )

  test('the path is what stands behind the Host, from its slash to its question mark, or there are no facts', () => {
    fc.assert(
      fc.property(target, host, (sent, named) => {
        const made = factsFor(request(sent, {}, named))
        if (!made.ok) return
        const { rawPath, query } = made.value
        expect(rawPath.startsWith('/') && !rawPath.includes('?')).toBe(true)
        expect(sent.endsWith('?') && query === '' ? `${rawPath}?` : rawPath + (query && `?${query}`)).toBe(
          sent,
        )
        expect(named).not.toMatch(/[/?#@\\ ]/)
      }),
      { numRuns: 3000 },
    )
  })

  test('an address is exactly one that can be read, or none', () => {
    const address = fc.oneof(
      text,
      fc.ipV4(),
      fc.ipV6(),
      fc.tuple(fc.ipV4(), fc.ipV4()).map((two) => two.join(', ')),
    )
    fc.assert(
      fc.property(address, (sent) => {
        const made = factsFor(request('/', { 'cf-connecting-ip': sent }))
        const found = made.ok ? made.value.address : undefined
        const read = parseAddress(sent)
        const isPseudo = read.ok && read.value.family === 4 && read.value.value >= 0xf0000000
        expect(found).toEqual(read.ok && !isPseudo ? read.value : undefined)
      }),
      { numRuns: 2000 },
    )
  })
})
