/**
 * What a new user does who has opened no page of the documentation: `init` in an empty folder, then what it prints and
 * what the comments in its files say, up to a gateway that answers and an answer to the question why it refused.
 */
import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { projectRoot } from '../../src/cli/runtime/bundle.ts'
import { sallyport as inProcess } from '../support/cli.ts'
import { basic } from '../support/facts.ts'
import { folderWith } from '../support/folder.ts'
import { type EchoUpstream, echoUpstream } from '../support/upstream.ts'

const MAIN = join(projectRoot, 'src/cli/main.ts')

let folder: string
let upstream: EchoUpstream
let served: Served | undefined

beforeAll(async () => {
  upstream = await echoUpstream()
  folder = await folderWith({})
  process.chdir(folder)
})

afterAll(async () => {
  process.chdir(projectRoot)
  await served?.stop()
  await upstream?.close()
  await rm(folder, { recursive: true, force: true })
})

type Ran = { readonly code: number; readonly printed: string }

/** As it would be typed in the user's folder. */
async function sallyport(...args: string[]): Promise<Ran> {
  const { code, stdout, stderr } = await inProcess(args, { now: Date.now, randomBytes })
  return { code, printed: stdout + stderr }
}

/** A program in the user's folder, with the Node that the project would have. */
const run = (program: string, args: readonly string[]): Promise<Ran> =>
  new Promise((done) => {
    const path = [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter)
    const env = {
      ...process.env,
      PATH: path,
      npm_config_offline: 'true',
      npm_config_update_notifier: 'false',
    }
    execFile(program, [...args], { env }, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : error === null ? 0 : -1
      done({ code, printed: stdout + stderr })
    })
  })

async function edit(file: string, change: (text: string) => string): Promise<void> {
  const text = await readFile(file, 'utf8')
  const changed = change(text)
  expect(changed).not.toBe(text)
  await writeFile(file, changed)
}

/** The commands that `init` prints under `Next:`, as they are typed. */
let next: readonly string[]

test('`init` in an empty folder says what to do next', async () => {
  const { code, printed } = await sallyport('init')
  expect(code).toBe(0)
  next = printed
    .slice(printed.indexOf('Next:\n'))
    .split('\n')
    .flatMap((line) => /^ {2}(.+?) {2}/.exec(line)?.[1] ?? [])
  expect(next).toEqual([
    'npx sallyport test policies',
    'edit policies/upstreams/records.yaml',
    'edit policies/clients.yaml',
    'npx sallyport lint policies',
    'npx sallyport serve policies',
    'git config core.hooksPath .githooks',
  ])
})

test('the example passes what the printed commands ask of it', async () => {
  for (const command of next.filter((each) => /^npx sallyport (?:test|lint) /.test(each))) {
    const { code, printed } = await sallyport(...command.split(' ').slice(2))
    expect({ command, code, printed }).toMatchObject({ code: 0 })
  }
})

test('a route more: the tests say that it is not covered, and which one it is', async () => {
  await edit('policies/upstreams/records.yaml', (text) =>
    text.replace('{ PUT: write', '{ POST: write, PUT: write'),
  )
  const short = await sallyport('test', 'policies', '--min-coverage', '100')
  expect(short.code).toBe(4)
  expect(short.printed).toMatch(
    /POST records\/record-write: no allowed and no denied case +policies\/upstreams\/records/,
  )
  await edit('policies/tests/records.yaml', (text) =>
    text
      .replace('      DELETE: DELETE', '      POST: POST /records/items/1/content\n      DELETE: DELETE')
      .replaceAll(
        /^( +(?:Feature|read|write) .*\|) (DELETE|✗|✓) +\|$/gm,
        (_, start, cell) => `${start} ${cell === 'DELETE' ? 'POST | DELETE' : `${cell} | ${cell}`} |`,
      ),
  )
  expect(await sallyport('test', 'policies', '--min-coverage', '100')).toMatchObject({ code: 0 })
})

let secret: string

test('a client, as the comment in the file says', async () => {
  await edit('policies/clients.yaml', (text) => text.replaceAll(/^# (?= {2})/gm, ''))
  const half = await sallyport('validate', 'policies')
  expect(half.printed).toContain('help: delete the `{}` in the line above')
  await edit('policies/clients.yaml', (text) => text.replace('clients: {}', 'clients:'))
  const unhashed = await sallyport('validate', 'policies')
  expect(unhashed.printed).toContain('`hash` must be `sha256:` and 64 digits')
  const text = await readFile('policies/clients.yaml', 'utf8')
  const [, command = ''] = /`npx sallyport (client new-secret [a-z-]+)`/.exec(text) ?? []
  const made = await sallyport(...command.split(' '))
  secret = /\n {2}(\S{43})\n/.exec(made.printed)?.[1] ?? ''
  const pasted = made.printed.slice(made.printed.indexOf('    secrets:\n'))
  await edit('policies/clients.yaml', (before) => before.slice(0, before.indexOf('    secrets:\n')) + pasted)
  expect(await sallyport('validate', 'policies')).toMatchObject({ code: 0 })
})

test.each([
  [['test', 'policies', '--min-coverage', '100']],
  [['lint', 'policies']],
  [['fmt', 'policies', '--check']],
  [['build', 'policies', '--out', 'policy.compiled']],
])('with both, %j is content', async (args) => {
  const { code, printed } = await sallyport(...args)
  expect({ code, printed }).toMatchObject({ code: 0 })
})

test('the hook lets a good commit pass and stops a bad one', async () => {
  await mkdir('node_modules/.bin', { recursive: true })
  await symlink(MAIN, 'node_modules/.bin/sallyport')
  await run('git', ['init', '--quiet'])
  const [program = '', ...args] = next.at(-1)?.split(' ') ?? []
  expect(await run(program, args)).toMatchObject({ code: 0 })
  const commit = [
    '-c',
    'user.name=A',
    '-c',
    'user.email=a@acme.example',
    'commit',
    '--quiet',
    '--message',
    'policy',
  ]
  await run('git', ['add', 'policies'])
  expect(await run('git', commit)).toMatchObject({ code: 0 })
  await edit('policies/upstreams/records.yaml', (text) => text.replace('PUT: write', 'PUT: readers'))
  await run('git', ['add', 'policies'])
  const bad = await run('git', commit)
  expect(bad.code).not.toBe(0)
  expect(bad.printed).toContain('expected feature_missing, got allowed')
  await edit('policies/upstreams/records.yaml', (text) => text.replace('PUT: readers', 'PUT: write'))
})

type Served = { readonly printed: () => string; readonly stop: () => Promise<unknown> }

function serve(...args: string[]): Served {
  const env = { ...process.env, RECORDS_ORIGIN: upstream.origin }
  const child = spawn(process.execPath, [MAIN, 'serve', ...args], { env })
  const ended = new Promise((done) => child.once('exit', done))
  let printed = ''
  child.stdout.on('data', (chunk) => (printed += chunk))
  child.stderr.on('data', (chunk) => (printed += chunk))
  const stop = () => {
    child.kill('SIGINT')
    return ended
  }
  return { printed: () => printed, stop }
}

test('the gateway answers, tells how to say an address, and its log is explained', async () => {
  served = serve('policies', '--port', '0')
  const { printed, stop } = served
  await expect.poll(printed, { timeout: 40_000 }).toContain('listening on http://127.0.0.1:')
  const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(printed()) ?? []
  const [, header = ''] = /-H '([A-Za-z-]+): /.exec(printed()) ?? []
  const authorization = basic('qm4x9c2h6tnb7zpe', secret)
  const get = (more: Readonly<Record<string, string>>) =>
    fetch(`${url}/records/items`, { headers: { authorization, ...more } })
  expect((await get({ [header]: '192.0.2.4' })).status).toBe(200)
  const refused = await get({})
  expect(refused.status).toBe(403)
  const requestId = refused.headers.get('x-request-id') ?? ''
  await expect.poll(printed).toContain(requestId)
  await stop()
  await writeFile('decisions.log', printed())
  const why = await sallyport('explain', '--request-id', requestId, '--log', 'decisions.log')
  expect(why).toMatchObject({ code: 0 })
  expect(why.printed).toMatch(/DENIED address_not_allowed .* as record-reader {2}from no readable address/)
  expect(why.printed).not.toContain('another policy')
})

test('what `serve` keeps is no part of the project', async () => {
  await run('git', ['add', '--all'])
  const { printed } = await run('git', ['ls-files', '.sallyport'])
  expect(printed).toBe('')
})
