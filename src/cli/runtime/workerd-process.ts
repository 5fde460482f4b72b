/** One `workerd serve` process: its files written, started, waited for, and gone with its files. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fail, ok, type Result } from '../../base/result.ts'

export type Running = {
  readonly process: ChildProcess
  readonly port: number
  /** When the process was started, by `performance.now()`. */
  readonly startedAt: number
  /** Ends workerd and waits until it is gone. Requests that are under way have a while to end. */
  readonly stop: () => Promise<void>
  /** The exit code, once it has ended. */
  readonly ended: Promise<number>
}

/** Long enough for a policy of many thousand routes on a slow machine. */
const START_TIMEOUT_MS = 60_000

/**
 * workerd stops when the last connection is done with, and an event stream never is. Shorter than the ten seconds
 * after which container runtimes use force on everything.
 */
const DRAIN_MS = 8_000

const CONFIG = 'config.capnp'

/**
 * Starts workerd and waits until it listens.
 *
 * @param config - Cap'n Proto text with one socket, named `http`
 * @param files - what the configuration embeds, by name
 * @param output - where workerd's output goes, the Worker's log with it
 * @returns the running process, or a text that says why it did not start
 */
export async function runWorkerd(
  config: string,
  files: Readonly<Record<string, string>>,
  output: 'inherit' | 'pipe' | 'ignore',
): Promise<Result<Running, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-'))
  for (const [name, text] of Object.entries({ ...files, [CONFIG]: config }))
    await writeFile(join(folder, name), text)
  const startedAt = performance.now()
  const child = spawn(
    createRequire(import.meta.url).resolve('workerd/bin/workerd'),
    ['serve', '--control-fd=3', join(folder, CONFIG)],
    { stdio: ['ignore', output, output, 'pipe'] },
  )
  const ended = new Promise<number>((done) => {
    child.once(
      'exit',
      (code) => void rm(folder, { recursive: true, force: true }).then(() => done(code ?? 0)),
    )
  })
  const stop = async () => {
    child.kill('SIGTERM')
    const force = setTimeout(() => child.kill('SIGKILL'), DRAIN_MS)
    await ended
    clearTimeout(force)
  }
  const port = await listening(child)
  if (!port.ok) await stop()
  return port.ok ? ok({ process: child, port: port.value, startedAt, stop, ended }) : port
}

/** workerd tells on its control descriptor, one JSON object a line, which port each socket got. */
function listening(child: ChildProcess): Promise<Result<number, string>> {
  return new Promise((done) => {
    const timer = setTimeout(() => done(fail('workerd did not listen in time')), START_TIMEOUT_MS)
    const settle = (outcome: Result<number, string>) => {
      clearTimeout(timer)
      done(outcome)
    }
    let told = ''
    child.stdio[3]?.on('data', (chunk) => {
      told += chunk
      const [, port] = /"event":"listen","socket":"http","port":(\d+)/.exec(told) ?? []
      if (port !== undefined) settle(ok(Number(port)))
    })
    child.once('error', (error) => settle(fail(error.message)))
    child.once('exit', (code) => settle(fail(`workerd ended with code ${code}`)))
  })
}
