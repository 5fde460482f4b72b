/** The gateway on `workerd serve`, with a policy written in the test. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { startWorkerd } from '../../src/cli/workerd.ts'
import type { Running } from '../../src/cli/workerd-process.ts'
import type { CompiledPolicy } from '../../src/policy/model.ts'

export type Gateway = {
  readonly port: number
  readonly url: string
  /** Lines of the decision log so far. */
  readonly log: () => readonly Record<string, unknown>[]
  readonly running: Running
  readonly stop: () => Promise<void>
}

/** Header whose JSON the runtime hands over as `request.cf`, as Cloudflare's edge fills it. */
export const CF_HEADER = 'cf-blob-of-a-test'

/** @param persist - folder of the limiter's objects; without one they live as long as this gateway */
export async function startGateway(
  policy: CompiledPolicy,
  variables: Readonly<Record<string, string>> = {},
  persist?: string,
): Promise<Gateway> {
  const folder = persist ?? (await mkdtemp(join(tmpdir(), 'sallyport-objects-')))
  const started = await startWorkerd({
    bundle: inject('bundle'),
    policy: JSON.stringify(policy),
    host: '127.0.0.1',
    port: 0,
    persist: folder,
    variables,
    cfHeader: CF_HEADER,
    output: 'pipe',
  })
  if (!started.ok) throw new Error(started.error)
  const running = started.value
  let printed = ''
  running.process.stdout?.on('data', (chunk) => (printed += chunk))
  return {
    port: running.port,
    url: `http://127.0.0.1:${running.port}`,
    log: () =>
      printed
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line)),
    running,
    stop: async () => {
      await running.stop()
      if (persist === undefined) await rm(folder, { recursive: true, force: true })
    },
  }
}
