/** The demonstration's two Workers on miniflare: the gateway, and the identity API it protects. */
import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { convertV4MiniflareOptions, type MiniflareOptions } from 'miniflare'
import type { Bundle } from '../src/cli/runtime/bundle.ts'

/** Where the policy's origins point: a name that only the two Workers know. */
export const DEMO_ORIGIN = 'http://identity-api.demo'

type DemoOptions = {
  readonly bundle: Bundle
  readonly policy: string
  readonly port: number
  readonly host: string
  readonly log: (line: string) => void
}

/** Everything the gateway sends goes to the second Worker; nothing leaves the machine. */
export async function demoWorkers(options: DemoOptions): Promise<MiniflareOptions> {
  const { bundle, policy, port, host, log } = options
  const { compatibilityDate, compatibilityFlags } = bundle
  return convertV4MiniflareOptions({
    host,
    port,
    handleStructuredLogs: ({ message }) => log(message),
    workers: [
      {
        name: 'gateway',
        compatibilityDate,
        compatibilityFlags,
        modules: [
          { type: 'ESModule', path: 'worker.js', contents: bundle.script },
          { type: 'Text', path: bundle.policyModule, contents: policy },
        ],
        durableObjects: {
          LIMITER: { className: 'LimiterObject', useSQLite: true },
          ASSERTIONS: { className: 'AssertionObject', useSQLite: true },
        },
        outboundService: 'identity-api',
      },
      { name: 'identity-api', compatibilityDate, modules: await identityApi() },
    ],
  })
}

/** The API's own files, the entry first. They need nothing but their types taken off. */
const API_FILES = ['identity-api.ts', 'capture.ts', 'records.ts']

const identityApi = () =>
  Promise.all(
    API_FILES.map(async (path) => ({
      type: 'ESModule' as const,
      path,
      contents: stripTypeScriptTypes(await readFile(join(import.meta.dirname, path), 'utf8')),
    })),
  )
