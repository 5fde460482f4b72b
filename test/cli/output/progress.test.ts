import { expect, test, vi } from 'vitest'
import { progressOf, withProgress } from '../../../src/cli/output/progress.ts'
import { sallyport } from '../../support/cli.ts'
import { folderWith } from '../../support/folder.ts'

/** Processes are started, and whole policies read, on machines that do other work too. */
vi.setConfig({ testTimeout: 60_000 })

const ERASE = '\r\u001b[K'

/** A clock that is set by hand, and what was written at which time. */
function terminal(isTerminal = true) {
  const written: string[] = []
  const clock = { now: 5_000 }
  const io = {
    now: () => clock.now,
    stderr: (text: string) => {
      written.push(text)
    },
    terminal: { stdout: false, stderr: isTerminal },
  }
  return { io, clock, written }
}

test('nothing for what is done within a second', () => {
  const { io, clock, written } = terminal()
  const line = progressOf(io, 'testing')
  for (clock.now = 5_000; clock.now < 6_000; clock.now += 7) line.at(1, 10)
  line.end()
  expect(written).toEqual([])
})

test('after a second a line, ten times a second at most, and it is taken away', () => {
  const { io, clock, written } = terminal()
  const line = progressOf(io, 'testing')
  for (let done = 0; clock.now <= 6_250; clock.now += 10, done++) line.at(done, 250)
  line.end()
  line.end()
  expect(written).toEqual([
    `${ERASE}testing  100 of 250  40%`,
    `${ERASE}testing  110 of 250  44%`,
    `${ERASE}testing  120 of 250  48%`,
    ERASE,
  ])
})

test('without a known end the count alone', () => {
  const { io, clock, written } = terminal()
  const line = progressOf(io, 'replaying')
  clock.now = 7_000
  line.at(123_456)
  expect(written).toEqual([`${ERASE}replaying  123456`])
})

test('nothing where stderr is no terminal, however long it takes', () => {
  const { io, clock, written } = terminal(false)
  const line = progressOf(io, 'testing')
  clock.now = 60_000
  line.at(1, 2)
  line.end()
  expect(written).toEqual([])
})

test('work that is waited for says how long it has been', async () => {
  const { io, clock, written } = terminal()
  let finish = () => {}
  const work = new Promise<void>((resolve) => {
    finish = resolve
  })
  const seen = new Promise<void>((resolve) => {
    const { stderr } = io
    io.stderr = (text) => {
      stderr(text)
      resolve()
    }
  })
  const waited = withProgress(io, 'bundling', work)
  clock.now += 3_000
  await seen
  finish()
  await waited
  expect(written).toEqual([`${ERASE}bundling  3 s`, ERASE])
})

test('work that is waited for: its outcome, or its failure, and no line left', async () => {
  const { io, clock, written } = terminal()
  clock.now = 5_000
  expect(await withProgress(io, 'bundling', Promise.resolve('done'))).toBe('done')
  await expect(withProgress(io, 'bundling', Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(written).toEqual([])
})

/** Each look at the clock is two seconds later, so that every command is a long one. */
function slow() {
  let now = Date.UTC(2026, 10, 22)
  return () => (now += 2_000)
}
const terminals = { stdout: false, stderr: true }

test.each([
  ['testing', ['test', 'policies']],
  ['comparing', ['diff', 'test/golden/review/before', 'test/golden/review/after']],
  ['replaying', ['replay', 'test/golden/review/decisions.log', '--policy', 'test/golden/review/after']],
])('%s: a long %j says so on a terminal, and only there', async (word, args) => {
  const shown = await sallyport(args, { now: slow(), terminal: terminals })
  expect(shown.stderr.split(ERASE)[1]).toMatch(new RegExp(`^${word} {2}[0-9]+`))
  expect(shown.stderr.endsWith(ERASE)).toBe(true)
  const unseen = await sallyport(args, { now: slow() })
  expect({ ...unseen, stdout: '' }).toEqual({ code: shown.code, stdout: '', stderr: '' })
})

test('a failure of the command stands on a line of its own', async () => {
  const dir = await folderWith({ 'no.log': '{' })
  const args = ['replay', `${dir}/missing.log`, '--policy', 'test/golden/review/before']
  const { stderr } = await sallyport(args, { now: slow(), terminal: terminals })
  expect(stderr.split(ERASE).at(-1)).toMatch(/^sallyport: cannot read /)
})
