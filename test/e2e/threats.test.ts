/**
 * The rows of docs/threats.md, as raw bytes against the production runtime. What must be refused is answered with
 * the body of its class, and the upstream sees nothing of it.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { compiled, exampleYaml } from '../support/example.ts'
import { basic } from '../support/facts.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { type RawResponse, rawRequest, sendRaw } from '../support/raw.ts'
import { type EchoUpstream, echoUpstream } from '../support/upstream.ts'

let gateway: Gateway
let upstream: EchoUpstream

beforeAll(async () => {
  upstream = await echoUpstream((_, response) => {
    response.setHeader('X-Internal-Token', 'leak')
    response.setHeader('Server', 'leaky/1.0')
    response.setHeader('X-Powered-By', 'leak')
    response.setHeader('Set-Cookie', ['a=1', 'b=2'])
    response.end('{}')
  })
  gateway = await startGateway(await compiled(await exampleYaml(), { gw: upstream.origin }))
})

afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})

beforeEach(() => upstream.forget())

const ACME = `Authorization: ${basic('acme', 's3cret:acme')}`
const from = (address: string) => `CF-Connecting-IP: ${address}`
const INSIDE = from('192.0.2.10')

const send = (line: string, headers: readonly string[] = [ACME, INSIDE], body = ''): Promise<RawResponse> =>
  sendRaw(gateway.port, rawRequest(line, headers, body))

/** Refused, nothing forwarded, and nothing said of who, where and why. */
function expectRefused(response: RawResponse, status: number): void {
  expect(response.status).toBe(status)
  expect(upstream.seen).toEqual([])
  expect(response.headers['cache-control']).toBe('no-store')
  expect(response.body).toContain(response.headers['x-request-id'])
  expect(response.body).not.toMatch(/192\.0\.2|203\.0\.113|acme|owner|allow|deny|config/)
}

const headersOf = (name: string): string[] =>
  (upstream.seen[0]?.rawHeaders ?? []).filter(
    (_, at, all) => at % 2 === 1 && all[at - 1]?.toLowerCase() === name,
  )

test('the same request, well formed, is served', async () => {
  expect((await send('GET /config/clients')).status).toBe(200)
  expect(upstream.seen.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /config/clients'])
})

describe('1 path', () => {
  test.each([
    ['P1', '/public/../config/clients'],
    ['P1', '/public/./../config/clients'],
    ['P2', '/public/%2e%2e/config/clients'],
    ['P2', '/public/.%2E/config/clients'],
    ['P2', '/public/%2e%2e%2fconfig/clients'],
    ['P3', '/public/..%2fconfig/clients'],
    ['P3', '/config%2Fclients'],
    ['P3', '/config%5cclients'],
    ['P3', '/config\\clients'],
    ['P4', '//evil.example/config'],
    ['P4', '/%5cevil.example/x'],
    ['P5', '//config/clients'],
    ['P5', '/config//clients'],
    ['P6', '/config%252fclients'],
    ['P6', '/public/%252e%252e/config'],
    ['P7', '/config/clients;x=1'],
    ['P7', '/config/clients%3Bx=1'],
    ['P7', '/config/clients%00.css'],
    ['P7', '/config/clients%23'],
    ['P7', '/config/clients%3fa=b'],
    ['P12', '/config/clients%ff'],
    ['P12', '/config/%zz'],
    ['P14', '/./config/clients'],
  ])('%s GET %s is 400', async (_, path) => {
    expectRefused(await send(`GET ${path}`), 400)
  })

  test.each([
    ['P8', '/public%2f..'],
    ['P12', '*'],
    ['P13', 'config/clients'],
  ])('%s GET %s never arrives', async (_, path) => {
    const { status } = await send(`GET ${path}`)
    expect(status).toBe(400)
    expect(upstream.seen).toEqual([])
  })

  test.each([
    ['P9 other case', '/CONFIG/clients'],
    ['P9 trailing slash', '/config/clients/'],
    ['P11 no boundary', '/publicx'],
    ['P11 no boundary', '/public-admin/x'],
  ])('%s: GET %s is no route', async (_, path) => {
    expectRefused(await send(`GET ${path}`), 404)
  })

  test('P10 an encoded letter is the letter: the policy of the route holds', async () => {
    expectRefused(await send('GET /%63onfig/clients', [INSIDE]), 401)
    expect((await send('GET /%63onfig/clients')).status).toBe(200)
    expect(upstream.seen.map(({ url }) => url)).toEqual(['/config/clients'])
  })

  test.each([
    ['a path in the host', 'Host: gw.example/public/x?'],
    ['a fragment in the host', 'Host: gw.example#'],
    ['user information in the host', 'Host: a@gw.example'],
  ])('P12 %s is 400', async (_, host) => {
    const { status } = await send('GET /config/clients', [host, INSIDE])
    expect(status).toBe(400)
    expect(upstream.seen).toEqual([])
  })

  test('P12 an absolute target obeys the same policy', async () => {
    expectRefused(await send('GET http://gw.example/config/clients', [INSIDE]), 401)
    expect((await send('GET http://gw.example/config/clients')).status).toBe(200)
    expect(upstream.seen.map(({ url }) => url)).toEqual(['/config/clients'])
  })

  test('P9 the host’s case and port do not matter', async () => {
    expect((await send('GET /config/clients', ['Host: GW.EXAMPLE:443', ACME, INSIDE])).status).toBe(200)
  })

  test.each([
    ['#x', '/config/clients'],
    ['a#b', '/config/clients?a'],
    ['a#/../public', '/config/clients?a'],
  ])('P7 a fragment, %j, is cut before anybody decides, and is not sent', async (query, url) => {
    expectRefused(await send(`GET /config/clients?${query}`, [INSIDE]), 401)
    expect((await send(`GET /config/clients?${query}`)).status).toBe(200)
    expect(upstream.seen.map((seen) => seen.url)).toEqual([url])
  })

  test('a blank in the query is no request line', async () => {
    const { status } = await send('GET /config/clients?a b')
    expect(status).toBe(400)
    expect(upstream.seen).toEqual([])
  })

  test('a query goes on byte for byte', async () => {
    await send('GET /config/clients?a=%2e%2E/../&b=+%20&a=2')
    expect(upstream.seen[0]?.url).toBe('/config/clients?a=%2e%2E/../&b=+%20&a=2')
  })
})

describe('2 method', () => {
  test.each([
    'X-HTTP-Method-Override',
    'X-HTTP-Method',
    'X-Method-Override',
    '_method',
    'X_HTTP_Method_Override',
  ])('M1 %s never reaches the upstream', async (name) => {
    expect((await send('POST /config/clients', [ACME, INSIDE, `${name}: DELETE`], '{}')).status).toBe(200)
    expect(upstream.seen[0]?.rawHeaders.join('\n')).not.toMatch(/method/i)
  })

  test('M2 HEAD asks for what GET asks for', async () => {
    const refused = await send('HEAD /config/clients', [INSIDE])
    expect(refused.status).toBe(401)
    expect(refused.body).toBe('')
    expect((await send('HEAD /config/clients')).status).toBe(200)
    expect(upstream.seen.map(({ method }) => method)).toEqual(['HEAD'])
  })

  test.each(['OPTIONS', 'PATCH', 'TRACE', 'PUT', 'PROPFIND'])(
    'M2 M3 %s is not in the table: 405',
    async (method) => {
      const response = await send(`${method} /config/clients`)
      expect(response.status).toBe(405)
      expect(upstream.seen).toEqual([])
      expect(response.headers['allow']).toBe('GET, POST, DELETE, HEAD')
    },
  )
})

describe('3 client address', () => {
  test.each([
    'X-Forwarded-For',
    'X-Real-IP',
    'True-Client-IP',
    'Forwarded',
    'X-Client-IP',
    'CF-Connecting-IPv6',
  ])('A1 %s is nobody’s word', async (name) => {
    expectRefused(await send('GET /config/clients', [ACME, from('203.0.113.9'), `${name}: 192.0.2.10`]), 403)
    expectRefused(await send('GET /config/clients', [ACME, `${name}: 192.0.2.10`]), 403)
  })

  test.each([
    ['A2 a list', [from('203.0.113.9'), 'X-Forwarded-For: 203.0.113.9, 192.0.2.10']],
    ['A3 absent', []],
    ['A4 twice', [from('192.0.2.1'), from('192.0.2.2')]],
    ['A4 twice in one', [from('192.0.2.1, 192.0.2.2')]],
    ['A7 mapped, on the deny list', [from('::ffff:192.0.2.66')]],
    ['A7 mapped in hex', [from('::ffff:c000:242')]],
    ['A7 mapped in full', [from('0:0:0:0:0:ffff:c000:0242')]],
    ['A9 octal', [from('0300.0.2.10')]],
    ['A9 leading zero', [from('192.0.02.10')]],
    ['A9 short', [from('192.0.2')]],
    ['A9 hex', [from('0xC0.0.2.10')]],
    ['A9 out of range', [from('192.0.2.256')]],
    ['A10 zone', [from('fe80::1%eth0')]],
    ['A10 brackets', [from('[2001:db8::1]')]],
    ['A10 port', [from('192.0.2.10:443')]],
    ['A11 another zone’s Worker', [from('192.0.2.10'), 'CF-Worker: evil.example']],
    ['A11 the address of such a Worker', [from('2a06:98c0:3600::103')]],
    ['A14 odd case', ['cf-CONNECTING-ip: 203.0.113.9']],
  ])('%s is denied', async (_, headers) => {
    expectRefused(await send('GET /config/clients', [ACME, ...headers]), 403)
  })

  test('A5 bytes that are not UTF-8 are no address', async () => {
    const request = Buffer.from(rawRequest('GET /config/clients', [ACME, from('192.0.2.1~')]), 'latin1')
    request[request.indexOf('~')] = 0xff
    expectRefused(await sendRaw(gateway.port, request), 403)
  })

  test.each([
    ['A5 garbage', ['CF-Connecting-IP: x']],
    ['A3 absent', []],
    ['A7 mapped', [from('::ffff:192.0.2.66')]],
  ])('%s is denied by a deny list too', async (_, headers) => {
    const denying = `Authorization: ${basic('denying', 's3cret:denying')}`
    expectRefused(await send('GET /config/clients', [denying, ...headers]), 403)
    expect((await send('GET /config/clients', [denying, INSIDE])).status).toBe(200)
  })

  test.each(['2001:0DB8:0:0:0:0:0:1', '2001:db8::0.0.0.1', '2001:db8::1'])(
    'A8 %s is on the deny list',
    async (address) => {
      const six = `Authorization: ${basic('six', 's3cret:six')}`
      expectRefused(await send('GET /config/clients', [six, from(address)]), 403)
      expect((await send('GET /config/clients', [six, from('2001:db8::2')])).status).toBe(200)
    },
  )

  test('A12 a pseudo IPv4 header changes nothing', async () => {
    const six = `Authorization: ${basic('six', 's3cret:six')}`
    const response = await send('GET /config/clients', [
      six,
      from('2001:db8::2'),
      'Cf-Pseudo-IPv4: 240.0.0.1',
    ])
    expect(response.status).toBe(200)
  })
})

describe('4 headers that carry identity', () => {
  const names = [
    'X-Sallyport-Client',
    'X-Client-Id',
    'X-Request-Id',
    'X-Forwarded-User',
    'X-Authenticated-Userid',
  ]

  test.each(
    names.flatMap((name) => [name, name.replaceAll('-', '_'), name.replaceAll('-', '.'), name.toUpperCase()]),
  )('H1 H2 %s from outside is not forwarded', async (name) => {
    await send('GET /public/x', [`${name}: admin`])
    expect(upstream.seen).toHaveLength(1)
    expect(upstream.seen[0]?.rawHeaders).not.toContain('admin')
  })

  test('H3 Connection cannot take the gateway’s own headers away', async () => {
    await send('GET /config/clients', [
      ACME,
      INSIDE,
      'Connection: X-Sallyport-Client, X-Request-Id, X-Other',
      'X-Other: 1',
    ])
    expect(headersOf('x-sallyport-client')).toEqual(['acme'])
    expect(headersOf('x-request-id')).toHaveLength(1)
    expect(headersOf('x-other')).toEqual([])
  })

  test('H4 two Authorization lines are refused', async () => {
    expectRefused(
      await send('GET /config/clients', [ACME, 'Authorization: Bearer abcdefghijklmnop', INSIDE]),
      401,
    )
    expectRefused(await send('GET /config/clients', [ACME, ACME, INSIDE]), 401)
  })

  test.each([
    'X-Original-URL: /public/x',
    'X-Rewrite-URL: /public/x',
    'X-Forwarded-Uri: /public/x',
    'X-Forwarded-Prefix: /public',
    'X-Forwarded-Host: evil.example',
  ])('H5 H6 %s has no effect', async (header) => {
    expectRefused(await send('GET /config/clients', [INSIDE, header]), 401)
    await send('GET /config/clients', [ACME, INSIDE, header])
    expect(upstream.seen[0]?.url).toBe('/config/clients')
    const names = upstream.seen[0]?.rawHeaders.map((text) => text.toLowerCase())
    expect(names).not.toContain(header.slice(0, header.indexOf(':')).toLowerCase())
  })

  test('H5 a field that asks for more than the answer opens nothing', async () => {
    expectRefused(await send('GET /config/clients', [INSIDE, 'X-Explain: 1']), 401)
  })

  test('H7 a client id that holds a line break is refused, and the log has one line for it', async () => {
    const before = gateway.log().length
    expectRefused(
      await send('GET /config/clients', [`Authorization: ${basic('ac\r\nme\u2028', 'x')}`, INSIDE]),
      401,
    )
    await expect.poll(() => gateway.log().length).toBe(before + 1)
  })

  test('H8 what the upstream says of itself stays inside; cookies stay several', async () => {
    const response = await send('GET /public/x')
    expect(response.status).toBe(200)
    for (const name of ['x-internal-token', 'server', 'x-powered-by'])
      expect(response.headers[name]).toBeUndefined()
    const answer = await fetch(`${gateway.url}/public/x`)
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  })

  test('the caller’s address and credentials stay with the gateway', async () => {
    await send('GET /config/clients')
    const sent = upstream.seen[0]?.rawHeaders.join('\n') ?? ''
    expect(sent).not.toMatch(/192\.0\.2\.10|authorization|cf-connecting-ip/i)
  })
})

describe('5 credentials', () => {
  const authorization = (value: string) => [`Authorization: ${value}`, INSIDE]
  const b64 = (text: string) => Buffer.from(text).toString('base64')

  test.each([
    ['T10 another scheme', `xBasic ${b64('acme:s3cret:acme')}`],
    ['T11 cut at the second colon', `Basic ${b64('acme:s3cret')}`],
    ['T11 an empty secret', `Basic ${b64('acme:')}`],
    ['T11 a blank secret', `Basic ${b64('acme: ')}`],
    ['T11 no colon', `Basic ${b64('acme')}`],
    ['T11 bad base64', 'Basic %%%%'],
    ['a wrong secret', basic('acme', 'wrong')],
    ['an unknown id', basic('nobody', 's3cret:acme')],
  ])('%s is 401', async (_, value) => {
    const response = await send('GET /config/clients', authorization(value))
    expectRefused(response, 401)
    expect(response.headers['www-authenticate']).toMatch(/^Basic realm=/)
  })

  test('T10 the scheme’s case and blanks do not make another client', async () => {
    expect(
      (await send('GET /config/clients', authorization(`bAsIc  ${b64('acme:s3cret:acme')}`))).status,
    ).toBe(200)
  })

  test('T12 T15 a token too short, or in the query, is none', async () => {
    expectRefused(await send('GET /me', ['Authorization: Bearer a', INSIDE]), 401)
    expectRefused(await send('GET /me?access_token=abcdefghijklmnop', [INSIDE]), 401)
    expect((await send('GET /me', ['Authorization: Bearer abcdefghijklmnop', INSIDE])).status).toBe(200)
  })

  test('T13 an unknown id and a wrong secret look the same', async () => {
    const withoutId = ({ status, headers, body }: RawResponse) => ({
      status,
      body: body.replaceAll(headers['x-request-id'] ?? '', 'ID'),
      names: Object.keys(headers).sort(),
    })
    const unknown = await send('GET /config/clients', authorization(basic('nobody', 'x')))
    const wrong = await send('GET /config/clients', authorization(basic('acme', 'x')))
    expect(withoutId(unknown)).toEqual(withoutId(wrong))
  })

  test('where secret and address are both wrong, the answer is the one for the secret', async () => {
    expectRefused(
      await send('GET /config/clients', [`Authorization: ${basic('acme', 'x')}`, from('203.0.113.9')]),
      401,
    )
  })

  test('a feature that is missing is refused after the address', async () => {
    const six = `Authorization: ${basic('six', 's3cret:six')}`
    expectRefused(await send('POST /config/clients', [six, from('2001:db8::2')], '{}'), 403)
  })
})

describe('6 limits', () => {
  test('R4 failures are charged to their address, never to the client that was named', async () => {
    const elsewhere = from('198.51.100.7')
    const statuses = new Map<number, number>()
    for (let at = 0; at < 30; at++) {
      const { status } = await send('GET /config/clients', [
        `Authorization: ${basic('acme', 'x')}`,
        elsewhere,
      ])
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
    expect(statuses.get(401)).toBeGreaterThanOrEqual(20)
    expect(statuses.get(429)).toBeGreaterThanOrEqual(1)
    expect((await send('GET /config/clients')).status).toBe(200)
  })
})
