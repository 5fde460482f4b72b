/** `sallyport attack --url` as it is typed: what it says of a gateway with holes, of one without, and of none. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Ajv } from 'ajv'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { addressOf, base64 } from '../../src/attack/scene.ts'
import { type EchoUpstream, startEcho } from '../../src/cli/attack/echo-upstream.ts'
import { keyVariable, secretVariable } from '../../src/cli/attack/target.ts'
import { exit } from '../../src/cli/exit.ts'
import { sallyport } from '../support/cli.ts'
import { folderWith } from '../support/folder.ts'
import { startNaive } from '../support/naive/gateway.ts'
import { holesOf } from '../support/naive/holes.ts'
import { rangeOfTest } from '../support/range.ts'

const { policy, inside, texts } = await rangeOfTest()
const holes = holesOf(inside)
let echo: EchoUpstream
let folder: string

beforeAll(async () => {
  echo = await startEcho('echo', '127.0.0.1', 0)
  folder = await folderWith(texts)
  for (const { client, secret } of inside.armed) vi.stubEnv(secretVariable(client.name), secret)
  for (const { issuer, key } of inside.signers) vi.stubEnv(keyVariable(issuer.name), JSON.stringify(key))
})

afterAll(() => echo?.close())

const open: { close: () => Promise<void> }[] = []
afterEach(async () => {
  for (const gateway of open.splice(0)) await gateway.close()
})

/** A gateway with these holes, attacked. */
async function attacked(names: readonly string[], ...args: readonly string[]) {
  const parts = holes.filter(({ name }) => names.includes(name)).map((hole) => hole.parts())
  const gateway = await startNaive(policy, echo.port, Object.assign({}, ...parts))
  open.push(gateway)
  return typed('--url', `http://127.0.0.1:${gateway.port}`, '--policy', folder, ...args)
}

const typed = (...args: readonly string[]) => sallyport(['attack', ...args], { now: () => Date.now() })

test('of a careful gateway there is nothing to say', { timeout: 60_000 }, async () => {
  const { code, stdout } = await attacked([])
  expect(stdout).toContain(': 0 findings')
  expect(code).toBe(exit.ok)
})

test('a finding says what was sent, what came, what that means and what to do', async () => {
  const { code, stdout } = await attacked(['dots are resolved after the match'], '--only', 'P1')
  expect(code).toBe(exit.testFailed)
  expect(stdout).toMatch(
    /P1 dot segments behind an open path {2}range\n {4}sent +GET \/range\/public\/x~?\/\.\.\/.*\n {4}came +GET \/config\/clients\n {4}means +for nobody the policy says credentials_missing at range\/config\n {4}do +Match one canonical path/,
  )
  expect(stdout).toMatch(/^P +path +8 +4 +P1$/m)
  expect(stdout).toContain('8 attacks, 8 requests: 4 findings')
})

test('a path that chooses its host is led to a server of the attack', async () => {
  const { stdout } = await attacked(['the path chooses the host'], '--only', 'P4')
  expect(stdout).toContain('the request, credentials and all, went to a server of the attacker')
})

test('from outside, a gateway that believes its callers is told apart from one that stands behind a proxy', async () => {
  const from = ['--seen-as', '203.0.113.9', '--only', 'A'] as const
  const exposed = await attacked([], ...from)
  expect(exposed.code).toBe(exit.testFailed)
  expect(exposed.stdout).toContain('A1 the proxy’s own header, from outside')

  const proxied = { address: () => addressOf('203.0.113.9') }
  const gateway = await startNaive(policy, echo.port, proxied)
  open.push(gateway)
  const behind = await typed('--url', `http://127.0.0.1:${gateway.port}`, '--policy', folder, ...from)
  expect(behind.stdout).toContain(': 0 findings')
  expect(behind.code).toBe(exit.ok)
})

test('what an upstream would make of a path is told too', async () => {
  const { stdout } = await attacked(['a lower-case %2f is overlooked'], '--only', 'P3')
  expect(stdout).toContain(
    'an upstream that tidies paths serves /range/config/clients, which is range/config',
  )
})

test('the JSON is of the published form', async () => {
  const { code, stdout } = await attacked(['X-Real-IP'], '--only', 'A', '--format', 'json')
  expect(code).toBe(exit.testFailed)
  const document = JSON.parse(stdout)
  const published = JSON.parse((await sallyport(['schema', '--output'])).stdout)
  const ajv = new Ajv({ allErrors: true, strict: true, strictRequired: false, strictTypes: false })
  expect(ajv.validate(published, document), ajv.errorsText()).toBe(true)
  expect(document.result.findings[0]).toMatchObject({ row: 'A1', upstream: 'range' })
})

test('no secret, no key and no token is printed, whatever was found', { timeout: 60_000 }, async () => {
  const leaky = [
    'credentials go to the upstream',
    'a decision is remembered with its token',
    'a refusal names the client',
  ]
  const outputs = [await attacked(leaky), await attacked(leaky, '--format', 'json')]
  for (const { code, stdout, stderr } of outputs) {
    expect(code).toBe(exit.testFailed)
    for (const { client, secret } of inside.armed) {
      expect(stdout + stderr).not.toContain(secret)
      expect(stdout + stderr).not.toContain(base64(`${client.clientId}:${secret}`))
    }
    for (const { key } of inside.signers) expect(stdout + stderr).not.toContain(key.d)
    expect(stdout + stderr).not.toMatch(/eyJ[\w-]+\.[\w-]+/)
  }
})

test('a gateway without an echo behind it is not taken for a good one', async () => {
  const server = createServer((_, response) => response.end('{}'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  open.push({ close: async () => void server.close() })
  const { code, stdout, stderr } = await typed('--url', `http://127.0.0.1:${port}`, '--policy', folder)
  expect({ code, stdout }).toEqual({ code: exit.toolFailed, stdout: '' })
  expect(stderr).toContain('range: GET /range/config/clients is answered by something that is no echo')
})

test('nor is one that stops answering on the way', async () => {
  let answered = 0
  const gone = { status: 503, headers: [], body: '' }
  const gateway = await startNaive(policy, echo.port, { early: () => (++answered > 20 ? gone : undefined) })
  open.push(gateway)
  const url = `http://127.0.0.1:${gateway.port}`
  const { code, stderr } = await typed('--url', url, '--policy', folder, '--only', 'P')
  expect(code).toBe(exit.toolFailed)
  expect(stderr).toContain('in the end the echo could not be asked what it saw')
})

test('nor is one that there was no time for, and whoever interrupts is told what was found', async () => {
  const gateway = await startNaive(policy, echo.port, {})
  open.push(gateway)
  const given = { now: () => Date.now(), onInterrupt: (end: () => void) => end() }
  const args = ['attack', '--url', `http://127.0.0.1:${gateway.port}`, '--policy', folder]
  const { code, stdout, stderr } = await sallyport(args, given)
  expect(code).toBe(exit.toolFailed)
  expect(stdout).toContain('0 attacks, 0 requests: 0 findings')
  expect(stderr).toMatch(/[0-9]+ attacks left out/)
})

test('nor is nobody at all', async () => {
  const { code, stderr } = await typed('--url', 'http://127.0.0.1:1', '--policy', folder)
  expect(code).toBe(exit.toolFailed)
  expect(stderr).toContain('range: nobody answered')
})

const URL = ['--url', 'http://127.0.0.1:1']

test.each([
  ['neither --url nor --demo', [], 'name either --url or --demo'],
  ['both', [...URL, '--demo'], 'name either --url or --demo'],
  ['a URL with a path', ['--url', 'http://127.0.0.1/x'], 'and no path'],
  ['another scheme', ['--url', 'ftp://127.0.0.1'], '--url takes'],
  ['rows that are none', [...URL, '--only', 'p3'], '--only takes rows'],
  ['no time', [...URL, '--timeout', '0'], '--timeout takes'],
  ['no address', [...URL, '--seen-as', '192.0.2'], '--seen-as 192.0.2 is no address'],
  ['a client that is none', [...URL, '--client', 'nobody'], 'the policy has no such client'],
  ['a format that is none', [...URL, '--format', 'xml'], 'Allowed choices are text, json'],
])('%s is a wrong command line', async (_, args, says) => {
  const { code, stderr } = await typed(...args, '--policy', folder)
  expect(code).toBe(exit.wrongCommandLine)
  expect(stderr).toContain(says)
})

test('a client without its secret is named with the variable that should hold it', async () => {
  vi.stubEnv('SALLYPORT_SECRET_RANGE_SIX', '')
  const { code, stderr } = await typed(...URL, '--policy', folder, '--client', 'range-six')
  expect(code).toBe(exit.wrongCommandLine)
  expect(stderr).toContain('the secret of range-six is read from SALLYPORT_SECRET_RANGE_SIX, which is empty')
})

test.each(['text', 'json'])('no credential is printed, whatever is found: %s', async (format) => {
  const { stdout, stderr } = await attacked(
    ['dots are resolved after the match'],
    ...['--only', 'P,H,T', '--format', format],
  )
  expect(stdout).toContain('P1')
  for (const { client, secret } of inside.armed) {
    expect(stdout + stderr).not.toContain(secret)
    expect(stdout + stderr).not.toContain(base64(`${client.clientId}:${secret}`))
  }
})

test('a key that is none is not repeated', async () => {
  vi.stubEnv('SALLYPORT_KEY_RANGE_TOKENS', '{"d":"not-to-be-shown"}')
  const { code, stderr } = await typed(...URL, '--policy', folder)
  expect(code).toBe(exit.wrongCommandLine)
  expect(stderr).toContain('SALLYPORT_KEY_RANGE_TOKENS is no private JWK')
  expect(stderr).not.toContain('not-to-be-shown')
})
