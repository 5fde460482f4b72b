/** What says that a GET or HEAD has a body, on the production runtime: such a request cannot be forwarded as it is. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { compiled, gatewayYaml } from '../support/example.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { rawRequest, sendRaw } from '../support/raw.ts'
import { type EchoUpstream, echoUpstream } from '../support/upstream.ts'

const upstreamYaml = `
policy_format: 1
upstream: { name: up, title: up, prefix: /up, origin: "\${X_ORIGIN}" }
routes:
  all:
    doc: everything
    paths: ["/**"]
    auth: none
    why_no_auth: a test
    respects_allow_list: false
    callers: { GET: anyone }
`

let gateway: Gateway
let upstream: EchoUpstream

beforeAll(async () => {
  upstream = await echoUpstream()
  const files = { 'gateway.yaml': gatewayYaml, 'upstreams/up.yaml': upstreamYaml }
  gateway = await startGateway(await compiled(files, { up: upstream.origin }))
})

afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})

beforeEach(() => upstream.forget())

const CHUNKED = 'Transfer-Encoding: chunked'

test.each([
  ['nothing', [], '', 200],
  ['a length of 0', ['Content-Length: 0'], '', 200],
  ['two lengths of 0', ['Content-Length: 0', 'Content-Length: 0'], '', 200],
  ['a length of 0 in another spelling', ['Content-Length: 00'], '', 400],
  ['a length', ['Content-Length: 3'], 'a=b', 400],
  ['chunks', [CHUNKED], '3\r\na=b\r\n0\r\n\r\n', 400],
  ['the last chunk alone', [CHUNKED], '0\r\n\r\n', 400],
])('%s', async (_, framing, body, status) => {
  for (const method of ['GET', 'HEAD']) {
    const answer = await sendRaw(gateway.port, rawRequest(`${method} /up/x`, framing) + body)
    expect(answer.status).toBe(status)
  }
  expect(upstream.seen.map(({ method }) => method)).toEqual(status === 200 ? ['GET', 'HEAD'] : [])
})
