/** `npm start` as a user sees it: the tour does what it says, a saved policy is obeyed, a broken one is not. */
import { type ChildProcess, spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { tour } from '../../demo/tour.ts'
import { projectRoot } from '../../src/cli/runtime/bundle.ts'
import { basic } from '../support/facts.ts'

let folder: string
let child: ChildProcess
let printed = ''
let url = ''

const WAIT = { timeout: 30_000, interval: 100 }
const clientsFile = () => join(folder, 'demo/clients.yaml')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-demo-test-'))
  await cp(join(projectRoot, 'policies'), join(folder, 'policies'), { recursive: true })
  await cp(join(projectRoot, 'demo/policies'), join(folder, 'demo'), { recursive: true })
  const args = [
    '--disable-warning=ExperimentalWarning',
    'demo/start.ts',
    join(folder, 'policies'),
    join(folder, 'demo'),
  ]
  child = spawn(process.execPath, args, { cwd: projectRoot, env: { ...process.env, PORT: '0' } })
  child.stdout?.on('data', (chunk) => (printed += chunk))
  child.stderr?.on('data', (chunk) => (printed += chunk))
  await vi.waitUntil(() => printed.includes('Ctrl-C stops'), WAIT)
  url = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0] ?? ''
})

afterAll(async () => {
  child?.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

/** Runs a command of the tour: what curl would send for these arguments. */
async function curl(args: readonly string[]): Promise<number> {
  const [, user = ''] = /^-u (.*)$/m.exec(args.join('\n')) ?? []
  const [, address = ''] = /CF-Connecting-IP: ([^']*)/.exec(args.join('\n')) ?? []
  const [, body] = /^-d (.*)$/m.exec(args.join('\n')) ?? []
  const [id = '', secret = ''] = user.split(':')
  const posts = body !== undefined || args.includes('-X POST')
  const response = await fetch(args.at(-1) ?? '', {
    method: posts ? 'POST' : 'GET',
    headers: { authorization: basic(id, secret), 'cf-connecting-ip': address },
    ...(body === undefined ? {} : { body: new URLSearchParams(body) }),
  })
  await response.arrayBuffer()
  return response.status
}

test('every command that is printed gives what it says', async () => {
  for (const { title, status, curl: args } of tour(url)) {
    expect(printed).toContain(`curl -i ${args.join(' ')}`)
    expect(await curl(args), title).toBe(status)
  }
})

test('a saved policy is obeyed, and one that does not load is explained and left alone', async () => {
  const [first] = tour(url)
  const good = await readFile(clientsFile(), 'utf8')
  const read = () => curl(first?.curl ?? [])
  expect(await read()).toBe(200)

  await writeFile(clientsFile(), good.replace('192.0.2.55-192.0.2.61', '192.0.2.99'))
  await expect.poll(() => printed, WAIT).toContain('The gateway obeys the new policy.')
  await expect.poll(read, WAIT).toBe(403)

  await writeFile(clientsFile(), good.replace('192.0.2.55-192.0.2.61', '192.0.2.055'))
  await expect.poll(() => printed, WAIT).toContain('The last good policy stays in force.')
  expect(printed).toMatch(/error P0301 {2}.*demo\/clients\.yaml:\d+:9/)
  expect(printed).toContain('some programs read a leading zero as octal')
  expect(await read()).toBe(403)

  await writeFile(clientsFile(), good)
  await expect.poll(read, WAIT).toBe(200)
})

test('Ctrl-C stops it cleanly', async () => {
  const code = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGINT')
  expect(await code).toBe(0)
})

test('a port that is taken is a sentence, not a stack', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as AddressInfo
  const second = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'demo/start.ts'], {
    cwd: projectRoot,
    env: { ...process.env, PORT: String(port) },
  })
  let said = ''
  second.stderr.on('data', (chunk) => (said += chunk))
  const code = await new Promise((resolve) => second.once('exit', resolve))
  taken.close()
  expect(code).toBe(1)
  expect(said).toContain(`Port ${port} is in use.`)
  expect(said).not.toContain('    at ')
})
