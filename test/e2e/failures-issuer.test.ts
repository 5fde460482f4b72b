/**
 * Token issuers that are down, slow or talk nonsense, and clocks that step, on the production runtime. The tables are
 * those of docs/reliability.md; what good and bad tokens come to is in `tokens.test.ts`.
 */
import type { ServerResponse } from 'node:http'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { compiled, gatewayYaml } from '../support/example.ts'
import { faultyBundle, order } from '../support/faulty-bundle.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { type Issuer, introspecting, startIssuer } from '../support/issuer.ts'
import { residentMib, SLACK_MIB } from '../support/memory.ts'
import { ISSUER, type TokenKeys, tokenKeys } from '../support/token-recipes.ts'
import { type EchoUpstream, echoUpstream } from '../support/upstream.ts'

const MINUTE = 60_000
const DAY = 1440 * MINUTE

/** What an issuer may do in place of an answer, and how the log words it where it is introspection. */
const failures: Readonly<Record<string, readonly [(response: ServerResponse) => void, why: string]>> = {
  closes: [(response) => response.destroy(), 'no answer'],
  hangs: [() => {}, 'no answer in time'],
  'hangs-mid-body': [(response) => response.write('{"active":true,'), 'no answer in time'],
  garbage: [(response) => response.socket?.end('no http at all\r\n\r\n'), 'no answer'],
  'no-json': [(response) => response.end('<html>'), 'the answer is no JSON'],
  empty: [(response) => response.end(), 'the answer is no JSON'],
  endless: [neverEnding, 'the answer is too long'],
  failing: [(response) => response.writeHead(500).end('{"active":true}'), 'the answer is a 500'],
  moved: [(response) => response.writeHead(302, { location: '/good' }).end(), 'the answer is a 302'],
}
const kinds = Object.keys(failures)
const TOKEN = 'opaque-token-of-somebody'

let issuer: Issuer
let upstream: EchoUpstream
let gateway: Gateway
let keys: TokenKeys

function neverEnding(response: ServerResponse): void {
  const chunk = `"${'x'.repeat(65_536)}",`
  response.write('{"keys":[')
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  }
  response.on('drain', more)
  more()
}

/** Two issuers of each kind: one with keys, one with introspection; each is asked for the first time in its test. */
const issuersYaml = (): string =>
  [...kinds, 'kept']
    .flatMap((kind) => [
      `  keys-${kind}: { issuer: "${ISSUER}", audience: gateway, jwks_uri: "${issuer.url}/keys-${kind}", algorithms: [ES256] }`,
      `  asked-${kind}: { issuer: "${ISSUER}", audience: gateway, introspection: { endpoint: "${issuer.url}/asked-${kind}", client_id: gateway, client_secret: "\${GATEWAY_SECRET}" } }`,
    ])
    .join('\n')

const routesYaml = (): string =>
  [...kinds, 'kept']
    .flatMap((kind) => [`keys-${kind}`, `asked-${kind}`])
    .map(
      (name) =>
        `  ${name}: { doc: ${name}, paths: [/${name}], auth: token, token: ${name}, respects_allow_list: false, callers: { GET: authenticated } }`,
    )
    .join('\n')

beforeAll(async () => {
  keys = await tokenKeys()
  issuer = await startIssuer()
  upstream = await echoUpstream()
  const policy = await compiled(
    {
      'gateway.yaml': `${gatewayYaml}tokens:\n${issuersYaml()}\n`,
      'api.yaml': `
policy_format: 1
upstream: { name: api, title: API, prefix: /, origin: "\${API_ORIGIN}", errors: vendor }
error_bodies:
  vendor:
    upstream_unavailable: { body: { message: try again, request_id: "\${request_id}" } }
routes:
${routesYaml()}
`,
    },
    { api: upstream.origin },
  )
  const variables = { GATEWAY_SECRET: 'introspection-secret' }
  gateway = await startGateway(policy, variables, undefined, await faultyBundle(inject('bundle')))
})

afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
  await issuer?.close()
})

beforeEach(() => upstream.forget())

afterEach(() => clock(0))

const tokenFor = (name: string, validFor = 600): Promise<string> =>
  name.startsWith('asked')
    ? Promise.resolve(TOKEN)
    : keys.sign(
        { name: 'test', alg: 'ES256', claims: { exp: `now+${validFor}` } },
        Math.floor(Date.now() / 1000),
      )

const call = async (name: string, token?: string): Promise<Response> =>
  fetch(`${gateway.url}/${name}`, {
    headers: { authorization: `Bearer ${token ?? (await tokenFor(name))}`, 'cf-connecting-ip': '192.0.2.1' },
  })

const clock = (gatewayStep: number) => order(gateway.port, { gatewayStep })

function serveGood(name: string): void {
  if (name.startsWith('keys')) issuer.serve(`/${name}`, keys.jwks)
  else issuer.serve(`/${name}`, introspecting({ [TOKEN]: { active: true, iss: ISSUER, aud: 'gateway' } }))
}

describe('an issuer that nothing is known of yet', () => {
  const cases = kinds.flatMap((kind) => [`keys-${kind}`, `asked-${kind}`])

  test.each(cases)('%s: 503 with the documented body and a wait', async (name) => {
    const [answer, why] = failures[name.slice(name.indexOf('-') + 1)] ?? [() => {}, '']
    issuer.serve(`/${name}`, (_: unknown, response: ServerResponse) => void answer(response))
    const response = await call(name)
    const id = response.headers.get('x-request-id')
    expect(response.status).toBe(503)
    expect(await response.json()).toEqual({ message: 'try again', request_id: id })
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    expect(await gateway.lineOf(id)).toMatchObject({
      decision: 'denied',
      reason: 'issuer_unavailable',
      why: name.startsWith('keys')
        ? 'the keys of the issuer are out of reach'
        : `introspection failed: ${why}`,
      status: 503,
    })
    expect(upstream.seen).toEqual([])
    expect(issuer.calls('/good')).toBe(0)
  })

  test('all of them are served again once their issuer answers', async () => {
    for (const name of cases) serveGood(name)
    // Keys that could not be had are asked for again after five seconds.
    await clock(6_000)
    for (const name of cases) expect([name, (await call(name)).status]).toEqual([name, 200])
  })
})

describe('an issuer that goes down', () => {
  const down = (name: string) =>
    issuer.serve(`/${name}`, (_: unknown, response: ServerResponse) => void response.destroy())

  test('its last good keys count on', async () => {
    serveGood('keys-kept')
    expect((await call('keys-kept')).status).toBe(200)
    down('keys-kept')
    await clock(6 * MINUTE)
    const before = issuer.calls('/keys-kept')
    expect((await call('keys-kept')).status).toBe(200)
    expect(issuer.calls('/keys-kept')).toBe(before + 1)
    serveGood('keys-kept')
  })

  test('a token that was asked about is remembered for a minute, and no longer', async () => {
    serveGood('asked-kept')
    expect((await call('asked-kept')).status).toBe(200)
    down('asked-kept')
    expect((await call('asked-kept')).status).toBe(200)
    await clock(MINUTE + 1_000)
    expect((await call('asked-kept')).status).toBe(503)
    serveGood('asked-kept')
    expect((await call('asked-kept')).status).toBe(200)
  })
})

describe('clocks', () => {
  test.each([
    ['forward by a day', DAY, 'expired'],
    ['back by a day', -DAY, 'not valid yet'],
  ])('%s: a token counts by the clock there is, and again when it is right', async (_, step, why) => {
    serveGood('keys-kept')
    const token = await tokenFor('keys-kept')
    expect((await call('keys-kept', token)).status).toBe(200)
    await clock(step)
    const refused = await call('keys-kept', token)
    expect(refused.status).toBe(401)
    expect(await gateway.lineOf(refused.headers.get('x-request-id'))).toMatchObject({
      reason: 'credentials_invalid',
      why: expect.stringContaining(why),
    })
    await clock(0)
    expect((await call('keys-kept', token)).status).toBe(200)
  })

  test('back by a day: nothing is remembered a day longer', async () => {
    serveGood('asked-kept')
    expect((await call('asked-kept')).status).toBe(200)
    issuer.serve('/asked-kept', introspecting({}))
    await clock(-DAY)
    expect((await call('asked-kept')).status).toBe(401)
  })
})

test('memory is what it was after 500 tokens that an endless issuer was asked about', async () => {
  issuer.serve('/asked-endless', (_: unknown, response: ServerResponse) => neverEnding(response))
  const round = (from: number) =>
    Promise.all(
      Array.from({ length: 25 }, async (_, at) =>
        (await call('asked-endless', `token-number-${from + at}`)).text(),
      ),
    )
  for (let from = 0; from < 100; from += 25) await round(from)
  const before = await residentMib(gateway.running.process)
  for (let from = 100; from < 600; from += 25) await round(from)
  expect((await residentMib(gateway.running.process)) - before).toBeLessThan(SLACK_MIB)
  serveGood('asked-endless')
  expect((await call('asked-endless', TOKEN)).status).toBe(200)
})
