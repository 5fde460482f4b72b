/** `sallyport attack --demo`: our own gateway on the demonstration's policy, with a range laid over it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Signer } from '../../attack/forge.ts'
import { newRange, type Range } from '../../attack/range.ts'
import type { Armed } from '../../attack/scene.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import { compileFiles } from '../../policy/compile.ts'
import type { CompiledPolicy } from '../../policy/model.ts'
import { policyText } from '../../policy/written.ts'
import { readFiles } from '../files.ts'
import type { Io } from '../io.ts'
import { type Bundle, projectRoot } from '../runtime/bundle.ts'
import { startWorkerd } from '../runtime/workerd.ts'
import { bundled } from '../serve.ts'
import { startEcho } from './echo-upstream.ts'
import type { Target } from './run.ts'
import { armedFrom } from './target.ts'

export type Demo = {
  readonly policy: CompiledPolicy
  readonly target: Target
  readonly armed: readonly Armed[]
  readonly signers: readonly Signer[]
  /** Where nothing may arrive. */
  readonly canary: string
  readonly stop: () => Promise<void>
}

const HOST = '127.0.0.1'

/** The demonstration's, from wherever the command is run. */
const DIRS = ['policies', 'demo/policies'].map((dir) => join(projectRoot, dir))

/**
 * Starts everything on loopback, on ports that are free.
 *
 * @param bundle - of the Worker; made by wrangler where it is not given
 */
export async function startDemo(io: Io, bundle?: Bundle): Promise<Result<Demo, string>> {
  const worker = bundle === undefined ? await bundled() : ok(bundle)
  if (!worker.ok) return worker
  const echo = await startEcho('echo', HOST, 0)
  const canary = await startEcho('canary', HOST, 0)
  const range = await newRange(io.randomBytes, io.now)
  const persist = await mkdtemp(join(tmpdir(), 'sallyport-attack-'))
  // What was started before something went wrong must end too.
  const end = async () => {
    await Promise.all([echo.close(), canary.close(), rm(persist, { recursive: true, force: true })])
  }
  const compiled = await policyOf(range, `http://${HOST}:${echo.port}`)
  if (!compiled.ok) {
    await end()
    return compiled
  }
  const policy = compiled.value
  const started = await startWorkerd({
    bundle: worker.value,
    policy: policyText(policy),
    host: HOST,
    port: 0,
    persist,
    variables: {},
    output: 'ignore',
  })
  if (!started.ok) {
    await end()
    return started
  }
  const { port, stop } = started.value
  const published = armedFrom(policy, [], {})
  return ok({
    policy,
    target: { peer: { host: HOST, port, tls: false }, host: `${HOST}:${port}` },
    armed: [...range.armed(policy), ...(published.ok ? published.value : [])],
    signers: range.signers(policy),
    canary: `${HOST}:${canary.port}`,
    stop: async () => {
      await stop()
      await end()
    },
  })
}

/** The folders and the range as one policy, with every origin at the echo. */
async function policyOf(range: Range, echo: string): Promise<Result<CompiledPolicy, string>> {
  const { inputs } = await readFiles(DIRS)
  const files = [...inputs, range.input]
  // Compiled twice: only the first time tells which upstreams there are.
  const { policy: named } = await compileFiles(files, { demo: true })
  const origins = new Map(named?.upstreams.map(({ name }) => [name, echo]))
  const { policy } = await compileFiles(files, { demo: true, origins })
  return policy === undefined
    ? fail('the demonstration’s policy does not load: sallyport validate policies demo/policies')
    : ok(policy)
}
