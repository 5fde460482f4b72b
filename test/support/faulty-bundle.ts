/** The deploy bundle with objects and clocks that fail on demand, and how to tell them to. */
import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Bundle } from '../../src/cli/runtime/bundle.ts'
import type { Orders } from './faulty.worker.ts'

/** What wrangler's bundler ends a module with. */
const EXPORTS = /export \{\s*AssertionObject,\s*LimiterObject,\s*(\w+) as default\s*\};/

export async function faultyBundle(bundle: Bundle): Promise<Bundle> {
  const [, worker] = EXPORTS.exec(bundle.script) ?? []
  if (worker === undefined) throw new Error('the bundle exports something else than it did')
  const source = await readFile(join(import.meta.dirname, 'faulty.worker.ts'), 'utf8')
  const wrapped = `
${stripTypeScriptTypes(source).replaceAll(/^export /gm, '')}
const faulty = withFaults(${worker}, LimiterObject);
const FaultyLimiter = faulty.FaultyLimiter;
const faultyWorker = faulty.worker;
export { AssertionObject, FaultyLimiter as LimiterObject, faultyWorker as default };
`
  return { ...bundle, script: bundle.script.replace(EXPORTS, () => wrapped) }
}

/**
 * Tells a gateway on a faulty bundle how to fail from now on. `fetch` would not let the Host header be set.
 *
 * @returns how many calls the limiter's objects got since the last order
 */
export async function order(port: number, orders: Orders): Promise<number> {
  const headers = { host: 'faults.test', 'content-type': 'application/json' }
  const sent = request({ port, host: '127.0.0.1', method: 'POST', path: '/', headers })
  sent.end(JSON.stringify(orders))
  return await new Promise((resolve, reject) => {
    sent.once('error', reject)
    sent.once('response', (response) =>
      text(response).then((body) => resolve(JSON.parse(body).calls), reject),
    )
  })
}
