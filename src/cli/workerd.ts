/** Runs the deploy bundle on `workerd serve`, the production runtime, without any development proxy in between. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fail, ok, type Result } from '../base/result.ts'
import type { Bundle } from './bundle.ts'

export type ServeOptions = {
  readonly bundle: Bundle
  /** The compiled policy, which takes the place of the one in the bundle. */
  readonly policy: string
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** Folder where the limiter's objects are kept. */
  readonly persist: string
  /** Variables for origins that the policy leaves to the environment. */
  readonly variables: Readonly<Record<string, string>>
  /** A request header that stands for `request.cf`, so that tests can present certificates. Callers could set it too. */
  readonly cfHeader?: string
  /** Where workerd's output goes, the decision log with it. */
  readonly output: 'inherit' | 'pipe'
}

export type Running = {
  readonly process: ChildProcess
  readonly port: number
  /** Ends workerd and waits until it is gone. */
  readonly stop: () => Promise<void>
  /** The exit code, once it has ended. */
  readonly ended: Promise<number>
}

/** Long enough for a policy of many thousand routes on a slow machine. */
const START_TIMEOUT_MS = 60_000

/**
 * Starts the gateway and waits until it listens.
 *
 * @returns the running gateway, or a text that says why it did not start
 */
export async function startWorkerd(options: ServeOptions): Promise<Result<Running, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-'))
  const persist = resolve(options.persist)
  await mkdir(persist, { recursive: true })
  await writeFile(join(folder, 'worker.js'), options.bundle.script)
  await writeFile(join(folder, 'policy.compiled'), options.policy)
  await writeFile(join(folder, 'config.capnp'), workerdConfig({ ...options, persist }))

  const child = spawn(
    createRequire(import.meta.url).resolve('workerd/bin/workerd'),
    ['serve', '--control-fd=3', join(folder, 'config.capnp')],
    {
      stdio: ['ignore', options.output, options.output, 'pipe'],
    },
  )
  const ended = new Promise<number>((done) => {
    child.once(
      'exit',
      (code) => void rm(folder, { recursive: true, force: true }).then(() => done(code ?? 0)),
    )
  })
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  const port = await listening(child)
  if (!port.ok) await stop()
  return port.ok ? ok({ process: child, port: port.value, stop, ended }) : port
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

/** Cap'n Proto text takes JSON's string syntax. */
const text = JSON.stringify

const workerdConfig = ({ bundle, host, port, persist, variables, cfHeader }: ServeOptions): string => `
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "gateway", worker = .gateway),
    (name = "internet", network = (
      allow = ["private", "local", "public"],
      tlsOptions = (trustBrowserCas = true),
    )),
    (name = "objects", disk = (path = ${text(persist)}, writable = true)),
  ],
  sockets = [(name = "http", address = ${text(`${host}:${port}`)}, http = (${cfHeader === undefined ? '' : `cfBlobHeader = ${text(cfHeader)}`}), service = "gateway")],
);

const gateway :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = ${text(bundle.policyModule)}, text = embed "policy.compiled"),
  ],
  compatibilityDate = ${text(bundle.compatibilityDate)},
  bindings = [
    (name = "LIMITER", durableObjectNamespace = "LimiterObject"),
    (name = "ASSERTIONS", durableObjectNamespace = "AssertionObject"),
    ${Object.entries(variables)
      .map(([name, value]) => `(name = ${text(name)}, text = ${text(value)}),`)
      .join('\n    ')}
  ],
  durableObjectNamespaces = [
    (className = "LimiterObject", uniqueKey = "sallyport-limiter", enableSql = true),
    (className = "AssertionObject", uniqueKey = "sallyport-assertions", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "objects"),
);
`
