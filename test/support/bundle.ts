/** Bundles the Worker once for all end-to-end tests. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { type Bundle, bundleWorker } from '../../src/cli/runtime/bundle.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    bundle: Bundle
  }
}

export default async function setup(project: TestProject): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-bundle-'))
  const bundle = await bundleWorker(folder)
  await rm(folder, { recursive: true, force: true })
  if (!bundle.ok) throw new Error(bundle.error)
  project.provide('bundle', bundle.value)
}
