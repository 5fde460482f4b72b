/** What is loaded: the upstream, the gateway and what it is held against, each in a process of its own. */
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Result } from '../src/base/result.ts'
import {
  type Bundle,
  bundleWorker,
  type Compatibility,
  compatibility,
  dryDeploy,
} from '../src/cli/runtime/bundle.ts'
import { startWorkerd } from '../src/cli/runtime/workerd.ts'
import { type Running, runWorkerd } from '../src/cli/runtime/workerd-process.ts'
import type { CompiledPolicy } from '../src/policy/model.ts'
import { policyText } from '../src/policy/written.ts'

export type Server = {
  readonly port: number
  readonly pid: number
  /** When its process was started, by `performance.now()`. */
  readonly startedAt: number
  readonly stop: () => Promise<void>
}

/** A Worker that stands beside the gateway: its modules, the first of them the entry, and its objects. */
export type Worker = {
  readonly modules: Readonly<Record<string, string>>
  /** Classes of its Durable Objects, by the name of the binding. */
  readonly objects: Readonly<Record<string, string>>
  /** Text bindings. */
  readonly variables: Readonly<Record<string, string>>
}

/** Folder for everything that one run keeps on disk, by server. */
export const scratch = await mkdtemp(join(tmpdir(), 'sallyport-bench-'))

/** Removes what the run kept. Stop the servers first. */
export const tidy = (): Promise<void> => rm(scratch, { recursive: true, force: true })

let made = 0
const ownFolder = (): string => join(scratch, `${made++}`)

/** The gateway as `sallyport serve` runs it. Its decision log is written, to nowhere. */
export async function serveGateway(bundle: Bundle, policy: CompiledPolicy): Promise<Server> {
  const options = {
    host: '127.0.0.1',
    port: 0,
    persist: ownFolder(),
    variables: {},
    output: 'ignore' as const,
  }
  return serverOf(await startWorkerd({ ...options, bundle, policy: policyText(policy) }))
}

/** A Worker of the benchmark on the same runtime with the same settings. */
export async function serveWorker(worker: Worker): Promise<Server> {
  const persist = ownFolder()
  await mkdir(persist)
  const config = configOf(worker, persist, await compatibility())
  return serverOf(await runWorkerd(config, worker.modules, 'ignore'))
}

function serverOf(started: Result<Running, string>): Server {
  const { port, process: child, startedAt, stop } = orThrow(started)
  if (child.pid === undefined) throw new Error('workerd has no process id')
  return { port, pid: child.pid, startedAt, stop }
}

/** Starts `upstream.ts` and waits for its port. */
export async function serveUpstream(): Promise<Server> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [join(import.meta.dirname, 'upstream.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((done) => void child.once('exit', () => done()))
  const port = await new Promise<number>((done, failed) => {
    child.stdout.once('data', (line) => done(Number(line)))
    child.once('exit', () => failed(new Error('the upstream did not start')))
  })
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  return { port, pid: child.pid ?? -1, startedAt, stop }
}

/** The gateway's bundle, as `wrangler deploy` would upload it. */
export const bundleGateway = async (): Promise<Bundle> => orThrow(await bundleWorker(ownFolder()))

/**
 * Bundles a Worker of this folder.
 *
 * @param source - `workers/bare.ts`
 * @returns its modules by name, the entry first
 */
export async function bundleBenchWorker(source: string): Promise<Readonly<Record<string, string>>> {
  const folder = ownFolder()
  const config = join(import.meta.dirname, 'wrangler.toml')
  orThrow(await dryDeploy([join(import.meta.dirname, source), '--config', config, '--outdir', folder]))
  const entry = basename(source).replace(/\.ts$/, '.js')
  const others = (await readdir(folder)).filter((name) => name.endsWith('.compiled'))
  const modules = [entry, ...others].map(async (name) => [name, await readFile(join(folder, name), 'utf8')])
  return Object.fromEntries(await Promise.all(modules))
}

/** A benchmark that lacks a part has nothing to say. */
function orThrow<T>(result: Result<T, string>): T {
  if (!result.ok) throw new Error(result.error)
  return result.value
}

/** Cap'n Proto text takes JSON's string syntax. */
const text = JSON.stringify

const configOf = (
  { modules, objects, variables }: Worker,
  persist: string,
  { compatibilityDate, compatibilityFlags }: Compatibility,
): string => `
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    (name = "internet", network = (allow = ["private", "local", "public"])),
    (name = "objects", disk = (path = ${text(persist)}, writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "worker")],
);

const worker :Workerd.Worker = (
  modules = [
    ${Object.keys(modules)
      .map(
        (name) =>
          `(name = ${text(`./${name}`)}, ${name.endsWith('.js') ? 'esModule' : 'text'} = embed ${text(name)}),`,
      )
      .join('\n    ')}
  ],
  compatibilityDate = ${text(compatibilityDate)},
  compatibilityFlags = ${text(compatibilityFlags)},
  bindings = [
    ${Object.entries(objects)
      .map(([name, className]) => `(name = ${text(name)}, durableObjectNamespace = ${text(className)}),`)
      .join('\n    ')}
    ${Object.entries(variables)
      .map(([name, value]) => `(name = ${text(name)}, text = ${text(value)}),`)
      .join('\n    ')}
  ],
  durableObjectNamespaces = [
    ${Object.values(objects)
      .map((name) => `(className = ${text(name)}, uniqueKey = ${text(name)}, enableSql = true),`)
      .join('\n    ')}
  ],
  durableObjectStorage = (localDisk = "objects"),
);
`
