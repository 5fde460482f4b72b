import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { exit } from '../../src/cli/exit.ts'
import { rerunOnSave } from '../../src/cli/watch.ts'
import { ioOf, sallyport } from '../support/cli.ts'
import { folderWith } from '../support/folder.ts'
import { withBase } from '../support/lint.ts'

const PATIENCE_MS = 60_000

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** A command that goes on, and what it has printed since it was last looked at. */
function started(args: readonly string[], cwd = process.cwd()) {
  const main = new URL('../../src/cli/main.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [main, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  let printed = ''
  let everything = ''
  let look = () => {}
  const take = (chunk: Buffer) => {
    printed += chunk.toString()
    everything += chunk.toString()
    look()
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  const until = async (text: string): Promise<void> => {
    while (!printed.includes(text)) {
      await new Promise<void>((resolve) => {
        look = resolve
      })
    }
    printed = printed.slice(printed.indexOf(text) + text.length)
  }
  return { until, ended, stop: () => child.kill('SIGINT'), everything: () => everything }
}

const WAITING = '; Ctrl-C ends\n'

test('a save runs the tests again, wherever in the folder it is, and Ctrl-C ends it', {
  timeout: PATIENCE_MS,
}, async () => {
  const good = withBase('')
  const bad = withBase(
    'tests:\n  - client: reports\n    from: 198.51.100.7\n    allowed: [PUT /shop/orders]\n',
  )
  const dir = await folderWith({ 'policy.yaml': good })
  const { until, ended, stop, everything } = started(['test', dir, '--watch'])
  await until('1 passed, 0 failed')
  await until(WAITING)
  await writeFile(join(dir, 'policy.yaml'), bad)
  await until('1 passed, 1 failed')
  await until(WAITING)
  await writeFile(join(dir, 'policy.yaml'), 'policy_format: 1\nnetwork: {}\n')
  await until('error P0102')
  await until(WAITING)
  // As most editors save: another file takes the name.
  await writeFile(join(dir, '.policy.yaml.swp'), good)
  await rename(join(dir, '.policy.yaml.swp'), join(dir, 'policy.yaml'))
  await until('1 passed, 0 failed')
  await until(WAITING)
  await mkdir(join(dir, 'tests'))
  await writeFile(
    join(dir, 'tests/more.yaml'),
    'policy_format: 1\ntests:\n  - client: billing\n    from: 198.51.100.7\n    allowed: [GET /shop/orders]\n',
  )
  await until('2 passed, 0 failed')
  await until(WAITING)
  await writeFile(join(dir, 'policy.yaml'), bad)
  await until('2 passed, 1 failed')
  await until(WAITING)
  stop()
  expect(await ended).toBe(exit.testFailed)
  expect(everything()).not.toContain('\u001b')
})

test('one file is watched too, and what lies beside it is not', { timeout: PATIENCE_MS }, async () => {
  const dir = await folderWith({ 'policy.yaml': withBase(''), 'other.yaml': '' })
  const { until, ended, stop, everything } = started(['test', 'policy.yaml', '--watch'], dir)
  await until(WAITING)
  await writeFile(join(dir, 'other.yaml'), 'nothing')
  await writeFile(join(dir, 'policy.yaml'), withBase('networks: {}\n'))
  await until(WAITING)
  stop()
  expect(await ended).toBe(exit.ok)
  expect(everything().split('1 passed')).toHaveLength(3)
})

test('where there is nothing to watch, and where a program reads', async () => {
  const dir = join(await folderWith({}), 'missing')
  expect((await sallyport(['test', dir, '--watch'])).code).toBe(exit.noPolicyFiles)
  const { code, stderr } = await sallyport(['test', 'policies', '--watch', '--format', 'json'])
  expect(code).toBe(exit.wrongCommandLine)
  expect(stderr).toBe('sallyport: --watch is for a person, and has no --format json\n')
})

test('a terminal is cleared before each run; what is saved during a run leads to one more', {
  timeout: PATIENCE_MS,
}, async () => {
  const dir = await folderWith({ 'a.yaml': '' })
  const written = { stdout: '', stderr: '' }
  let end = () => {}
  const io = ioOf(written, {
    terminal: { stdout: true, stderr: true },
    onInterrupt: (given) => {
      end = given
    },
  })
  let runs = 0
  const outcome = await rerunOnSave(io, [dir], async () => {
    runs++
    if (runs === 1) for (const name of ['a', 'b', 'c']) await writeFile(join(dir, `${name}.yaml`), 'x')
    else end()
    return runs
  })
  expect([outcome, runs]).toEqual([2, 2])
  expect(written.stdout).toBe('\u001b[H\u001b[2J\u001b[3J'.repeat(2))
  expect(written.stderr.split('waiting for a change')).toHaveLength(2)
})
