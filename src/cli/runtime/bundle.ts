/** The bundle that `wrangler deploy` would upload, made by wrangler itself without uploading it. */
import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fail, ok, type Result } from '../../base/result.ts'

/** Which behaviour of the runtime the Worker was written for. */
export type Compatibility = { readonly compatibilityDate: string; readonly compatibilityFlags: string[] }

export type Bundle = Compatibility & {
  readonly script: string
  /** Name under which the script imports the compiled policy. */
  readonly policyModule: string
  /** The policy that wrangler's custom build compiled: that of policies/. */
  readonly policy: string
}

export const projectRoot = join(import.meta.dirname, '../../..')

/**
 * Bundles the Worker.
 *
 * @param outDir - where wrangler writes; created when missing
 * @returns the bundle, or what wrangler printed when it failed
 */
export async function bundleWorker(outDir: string): Promise<Result<Bundle, string>> {
  const printed = await dryDeploy(['--outdir', outDir])
  if (!printed.ok) return printed
  const policyModule = (await readdir(outDir)).find((name) => name.endsWith('.compiled'))
  if (policyModule === undefined) return fail('the bundle holds no compiled policy')
  return ok({
    script: await readFile(join(outDir, 'worker.js'), 'utf8'),
    policyModule: `./${policyModule}`,
    policy: await readFile(join(outDir, policyModule), 'utf8'),
    ...(await compatibility()),
  })
}

/** As wrangler.toml has it. */
export async function compatibility(): Promise<Compatibility> {
  const config = await readFile(join(projectRoot, 'wrangler.toml'), 'utf8')
  const [, date] = /^compatibility_date = "(.*)"$/m.exec(config) ?? []
  const [, flags = ''] = /^compatibility_flags = \[(.*)\]$/m.exec(config) ?? []
  if (date === undefined) throw new Error('wrangler.toml names no compatibility_date')
  return { compatibilityDate: date, compatibilityFlags: flags.match(/[a-z_]+/g) ?? [] }
}

/**
 * Has wrangler bundle a Worker without uploading it.
 *
 * @param args - of `wrangler deploy`, as run in the project's root
 * @returns what wrangler printed when it failed
 */
export function dryDeploy(args: readonly string[]): Promise<Result<undefined, string>> {
  const wrangler = join(
    dirname(createRequire(import.meta.url).resolve('wrangler/package.json')),
    'bin/wrangler.js',
  )
  const child = spawn(process.execPath, [wrangler, 'deploy', '--dry-run', ...args], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, CI: 'true', WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1' },
  })
  let printed = ''
  child.stdout.on('data', (chunk) => (printed += chunk))
  child.stderr.on('data', (chunk) => (printed += chunk))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code === 0 ? ok(undefined) : fail(printed)))
  })
}
