/** `sallyport serve` as a process: the policy it is given, the origins it is told, and how it ends. */
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { projectRoot } from '../../src/cli/bundle.ts'
import { exampleYaml } from '../support/example.ts'
import { basic } from '../support/facts.ts'
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

test.each([
  ['told on the command line', (origin: string) => ({ args: ['--origin', `gw=${origin}`], environment: {} })],
  ['told by the environment', (origin: string) => ({ args: [], environment: { GW_ORIGIN: origin } })],
])('serves the policy with the origin %s, logs decisions, and stops cleanly', async (_, given) => {
  const { args, environment } = given(upstream.origin)
  const served = sallyport(['serve', 'policy', '--port', '0', '--persist', 'objects', ...args], environment)
  await expect.poll(served.printed, { timeout: 40_000 }).toContain('listening on http://127.0.0.1:')
  const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(served.printed()) ?? []
  const headers = { authorization: basic('acme', 's3cret:acme'), 'cf-connecting-ip': '192.0.2.10' }
  expect((await fetch(`${url}/config/clients`, { headers })).status).toBe(200)
  expect((await fetch(`${url}/config/clients`)).status).toBe(401)
  await expect.poll(served.printed).toContain('"reason":"credentials_missing"')
  served.child.kill('SIGINT')
  expect(await served.ended).toBe(0)
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
