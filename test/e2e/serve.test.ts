/** `sallyport serve` as a process: the policy it is given, the origins it is told, and how it ends. */
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { projectRoot } from '../../src/cli/runtime/bundle.ts'
import { exampleYaml } from '../support/example.ts'
import { basic } from '../support/facts.ts'
import { residentMib, SLACK_MIB } from '../support/memory.ts'
import { type EchoUpstream, echoUpstream } from '../support/upstream.ts'

const MAIN = join(projectRoot, 'src/cli/main.ts')
let folder: string
let upstream: EchoUpstream

beforeAll(async () => {
  upstream = await echoUpstream()
  folder = await mkdtemp(join(tmpdir(), 'sallyport-serve-'))
  for (const [name, text] of Object.entries(await exampleYaml())) {
    await mkdir(join(folder, 'policy/upstreams'), { recursive: true })
    await writeFile(join(folder, 'policy', name), text)
  }
})

afterAll(async () => {
  await upstream?.close()
  await rm(folder, { recursive: true, force: true })
})

/** Starts the command; `printed()` is what it has said so far. */
function sallyport(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: folder,
    env: { ...process.env, ...environment },
  })
  let printed = ''
  child.stdout.on('data', (chunk) => (printed += chunk))
  child.stderr.on('data', (chunk) => (printed += chunk))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return { child, ended, printed: () => printed }
}

const WAIT = { timeout: 40_000, interval: 50 }

/** Its address, once it has said it. */
async function listeningAt({ printed }: { readonly printed: () => string }): Promise<string> {
  await expect.poll(printed, WAIT).toContain('listening on http://127.0.0.1:')
  return /http:\/\/127\.0\.0\.1:\d+/.exec(printed())?.[0] ?? ''
}

test.each([
  ['told on the command line', (origin: string) => ({ args: ['--origin', `gw=${origin}`], environment: {} })],
  ['told by the environment', (origin: string) => ({ args: [], environment: { GW_ORIGIN: origin } })],
])('serves the policy with the origin %s, logs decisions, and stops cleanly', async (_, given) => {
  const { args, environment } = given(upstream.origin)
  const served = sallyport(['serve', 'policy', '--port', '0', '--persist', 'objects', ...args], environment)
  const url = await listeningAt(served)
  const headers = { authorization: basic('acme', 's3cret:acme'), 'cf-connecting-ip': '192.0.2.10' }
  expect((await fetch(`${url}/config/clients`, { headers })).status).toBe(200)
  expect((await fetch(`${url}/config/clients`)).status).toBe(401)
  await expect.poll(served.printed).toContain('"reason":"credentials_missing"')
  served.child.kill('SIGINT')
  expect(await served.ended).toBe(0)
})

test('neither what the environment has nor what callers send is printed', async () => {
  const mark = 'PLANTEDq7Rt2ZxW9vKp4LmN8sYd'
  const served = sallyport(['serve', 'policy', '--port', '0', '--persist', 'objects'], {
    GW_ORIGIN: `https://user:${mark}@127.0.0.1:1`,
    UNRELATED_SECRET: mark,
  })
  const url = await listeningAt(served)
  const sent = (secret: string) => ({
    authorization: basic('acme', secret),
    cookie: mark,
    'cf-connecting-ip': '192.0.2.10',
  })
  const path = `/config/clients?access_token=${mark}`
  expect((await fetch(url + path, { headers: sent('s3cret:acme') })).status).toBe(503)
  expect((await fetch(url + path, { headers: sent(mark) })).status).toBe(401)
  const bearer = { authorization: `Bearer ${mark}` }
  expect((await fetch(url + path, { headers: bearer })).status).toBe(401)
  await expect.poll(served.printed, WAIT).toContain('"reason":"credentials_invalid"')
  served.child.kill('SIGINT')
  expect(await served.ended).toBe(0)
  const secrets = [mark, 's3cret', basic('acme', mark).slice(6), basic('acme', 's3cret:acme').slice(6)]
  for (const secret of secrets) expect(served.printed()).not.toContain(secret)
})

describe('while it runs', () => {
  const clients = () => join(folder, 'policy/clients.yaml')
  const headers = { authorization: basic('acme', 's3cret:acme'), 'cf-connecting-ip': '192.0.2.10' }
  const args = () => ['serve', 'policy', '--port', '0', '--origin', `gw=${upstream.origin}`]
  const statusAt = async (url: string) => (await fetch(`${url}/config/clients`, { headers })).status

  test('a hangup reads the policy anew; one that does not load leaves the last good one in force', async () => {
    const good = await readFile(clients(), 'utf8')
    const served = sallyport([...args(), '--persist', 'reloaded'])
    const url = await listeningAt(served)
    expect(await statusAt(url)).toBe(200)

    await writeFile(clients(), good.replace('192.0.2.0/24', '192.0.2.300/24'))
    served.child.kill('SIGHUP')
    await expect.poll(served.printed, WAIT).toContain('the last good policy stays in force')
    expect(served.printed()).toMatch(/error P\d{4}.*policy\/clients\.yaml:\d+:\d+/)
    expect(await statusAt(url)).toBe(200)

    await writeFile(clients(), good.replace('192.0.2.0/24', '198.51.100.0/24'))
    served.child.kill('SIGHUP')
    await expect.poll(served.printed, WAIT).toContain('the new policy is in force')
    expect(await statusAt(url)).toBe(403)

    served.child.kill('SIGHUP')
    await expect.poll(served.printed, WAIT).toContain('the policy is the one in force')
    await writeFile(clients(), good)
    served.child.kill('SIGTERM')
    expect(await served.ended).toBe(0)
  })

  test('a log that nobody reads stops nobody, and every line is there for who reads it later', async () => {
    const child = spawn(process.execPath, [MAIN, ...args(), '--persist', 'unread'], { cwd: folder })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    let said = ''
    child.stderr.on('data', (chunk) => (said += chunk))
    const url = await listeningAt({ printed: () => said })
    const before = await residentMib(child)
    const COUNT = 3_000
    for (let at = 0; at < COUNT; at += 50) {
      const calls = Array.from({ length: 50 }, async () => (await fetch(`${url}/public/x`)).arrayBuffer())
      await Promise.all(calls)
    }
    expect((await residentMib(child)) - before).toBeLessThan(SLACK_MIB)
    let log = ''
    child.stdout.on('data', (chunk) => (log += chunk))
    await expect.poll(() => log.split('\n').length - 1, WAIT).toBe(COUNT)
    child.stdout.pause()
    await Promise.all(Array.from({ length: 2_000 }, async () => (await fetch(`${url}/public/x`)).text()))
    child.kill('SIGTERM')
    expect(await ended, 'it stops although nobody reads').toBe(0)
  })
})

test.each([
  ['no such folder', ['serve', 'nowhere'], 7, 'no policy files'],
  ['a port that is none', ['serve', 'policy', '--port', '70000'], 2, '0 to 65535'],
  [
    'an origin with a path',
    ['serve', 'policy', '--origin', 'gw=https://a.example/x'],
    2,
    'NAME=https://host',
  ],
  ['an origin of nobody', ['serve', 'policy', '--origin', 'wg=https://a.example'], 2, 'no such upstream'],
])('%s: a message and its exit code', async (_, args, code, message) => {
  const tried = sallyport(args)
  expect(await tried.ended).toBe(code)
  expect(tried.printed()).toContain(message)
})
