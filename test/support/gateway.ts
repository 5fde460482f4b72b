/** The gateway on `workerd serve`, with a policy written in the test. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { expect, inject } from 'vitest'
import type { Bundle } from '../../src/cli/runtime/bundle.ts'
import { startWorkerd } from '../../src/cli/runtime/workerd.ts'
import type { Running } from '../../src/cli/runtime/workerd-process.ts'
import type { CompiledPolicy } from '../../src/policy/model.ts'
import { policyText } from '../../src/policy/written.ts'

export type Gateway = {
  readonly port: number
  readonly url: string
  /** Lines of the decision log so far. */
  readonly log: () => readonly Line[]
  /** The one line of the decision log for a request; waits until it is there. */
  readonly lineOf: (requestId: string | null | undefined) => Promise<Line>
  /** Lines of the error output so far: what operators are told besides. */
  readonly warnings: () => readonly Line[]
  readonly running: Running
  readonly stop: () => Promise<void>
}

type Line = Readonly<Record<string, unknown>>

/** Header whose JSON the runtime hands over as `request.cf`, as Cloudflare's edge fills it. */
export const CF_HEADER = 'cf-blob-of-a-test'

/**
 * @param persist - folder of the limiter's objects; without one they live as long as this gateway
 * @param bundle - another Worker than the one that is deployed
 */
export async function startGateway(
  policy: CompiledPolicy,
  variables: Readonly<Record<string, string>> = {},
  persist?: string,
  bundle: Bundle = inject('bundle'),
): Promise<Gateway> {
  const folder = persist ?? (await mkdtemp(join(tmpdir(), 'sallyport-objects-')))
  const started = await startWorkerd({
    bundle,
    policy: policyText(policy),
    host: '127.0.0.1',
    port: 0,
    persist: folder,
    variables,
    cfHeader: CF_HEADER,
    output: 'pipe',
  })
  if (!started.ok) throw new Error(started.error)
  const running = started.value
  const log = linesOf(running.process.stdout)
  return {
    port: running.port,
    url: `http://127.0.0.1:${running.port}`,
    log,
    lineOf: async (requestId) => {
      const line = () => log().find((each) => each['request_id'] === requestId)
      await expect.poll(line, { timeout: 10_000 }).toBeDefined()
      return line() ?? {}
    },
    warnings: linesOf(running.process.stderr),
    running,
    stop: async () => {
      await running.stop()
      if (persist === undefined) await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The whole lines of JSON that a stream has brought so far. */
function linesOf(stream: Readable | null): () => readonly Line[] {
  let printed = ''
  stream?.on('data', (chunk) => (printed += chunk))
  return () =>
    printed
      .slice(0, printed.lastIndexOf('\n') + 1)
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line))
}
