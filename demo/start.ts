/** `npm start`: the gateway in front of a demonstration API, obeying the policy files as they are saved. */
import { type FSWatcher, watch } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Miniflare, MiniflareCoreError } from 'miniflare'
import { processIo } from '../src/cli/io.ts'
import { openPolicy } from '../src/cli/policy.ts'
import { type Bundle, bundleWorker, projectRoot } from '../src/cli/runtime/bundle.ts'
import { policyText } from '../src/policy/written.ts'
import { DEMO_ORIGIN, demoWorkers } from './gateway.ts'
import { printedTour } from './tour.ts'

const HOST = '127.0.0.1'
const PORT = Number(process.env['PORT'] ?? 8787)
/** Editors write a file in several steps; only the last of them counts. */
const SETTLE_MS = 100

/** `node demo/start.ts [DIR...]`: other folders than the demonstration's own. */
const dirs = process.argv.length > 2 ? process.argv.slice(2) : ['policies', 'demo/policies']
const origins = new Map([
  ['akamai', DEMO_ORIGIN],
  ['demo-otp', DEMO_ORIGIN],
])
const io = processIo()

async function start(): Promise<number> {
  io.stderr('sallyport: compiling the policy and bundling the Worker ...\n')
  const [policy, bundle] = await Promise.all([compiled(), bundled()])
  if (policy === undefined) return 3
  if (typeof bundle === 'string') {
    io.stderr(bundle)
    return 1
  }
  const gateway = new Miniflare(await optionsOf(bundle, policy))
  const url = await listening(gateway)
  if (url === undefined) return 1
  io.stdout(`\nThe gateway listens on ${url}. Try:\n\n${printedTour(url)}\n`)
  io.stdout(
    `Edit a file in ${dirs.join(' or ')} and save it: the gateway obeys it at once.\nThe decision log follows; Ctrl-C stops.\n\n`,
  )
  const watching = watchPolicies(gateway, bundle, policy)
  await stopped()
  for (const watcher of watching) watcher.close()
  await gateway.dispose()
  return 0
}

/** Where the gateway listens, or undefined after it was said that somebody else does. */
async function listening(gateway: Miniflare): Promise<string | undefined> {
  try {
    return (await gateway.ready).origin
  } catch (error) {
    if (!(error instanceof MiniflareCoreError) || error.code !== 'ERR_ADDRESS_IN_USE') throw error
    io.stderr(`Port ${PORT} is in use. Stop what listens there, or choose another: PORT=8788 npm start\n`)
    // It is not running, and says so again when it is ended; its timers would keep the process.
    await gateway.dispose().catch(() => undefined)
    return undefined
  }
}

const optionsOf = (bundle: Bundle, policy: string) =>
  demoWorkers({ bundle, policy, host: HOST, port: PORT, log: (line) => io.stdout(`${line}\n`) })

/** The compiled policy, or undefined after its problems were printed. */
async function compiled(): Promise<string | undefined> {
  const opened = await openPolicy(io, dirs, { origins, demo: true })
  return opened.ok ? policyText(opened.value.policy) : undefined
}

async function bundled(): Promise<Bundle | string> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-demo-'))
  const bundle = await bundleWorker(folder)
  await rm(folder, { recursive: true, force: true })
  return bundle.ok ? bundle.value : bundle.error
}

/** A policy that does not load leaves the last good one in force. */
function watchPolicies(gateway: Miniflare, bundle: Bundle, first: string): FSWatcher[] {
  let inForce = first
  let timer: NodeJS.Timeout | undefined
  // One after the other, so that the last save is the one that stays.
  let reloads = Promise.resolve()
  const reload = async () => {
    const policy = await compiled()
    if (policy === undefined) return io.stderr('The last good policy stays in force.\n')
    if (policy === inForce) return
    await gateway.setOptions(await optionsOf(bundle, policy))
    inForce = policy
    io.stderr('The gateway obeys the new policy.\n')
  }
  return dirs.map((dir) =>
    watch(dir, { recursive: true }, () => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        reloads = reloads.then(reload)
      }, SETTLE_MS)
    }),
  )
}

/** Miniflare leaves at once on a signal, with the Workers still running; here they are ended first. */
const stopped = () =>
  new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.removeAllListeners(signal).once(signal, () => resolve())
    }
  })

process.chdir(projectRoot)
process.exitCode = await start()
