/**
 * `node scripts/soak.ts [--minutes N] [--pace N]`: mixed good and hostile traffic against the gateway on workerd, for
 * ten minutes by default. Ends by itself; exits with 1 when something was not right. What it counts is described in
 * docs/reliability.md; the figures are written to build/soak.json.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bundleWorker, projectRoot } from '../src/cli/runtime/bundle.ts'
import { printed, reportOf } from './soak/report.ts'
import { soak } from './soak/run.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: process.env['SOAK_MINUTES'] ?? '10' },
    /** Requests a second. */
    pace: { type: 'string', default: '200' },
  },
})
const minutes = Number(values.minutes)
const pace = Number(values.pace)
if (!(minutes > 0) || !(pace > 0)) throw new Error('--minutes and --pace are numbers above 0')

const folder = await mkdtemp(join(tmpdir(), 'sallyport-bundle-'))
const bundle = await bundleWorker(folder)
await rm(folder, { recursive: true, force: true })
if (!bundle.ok) throw new Error(bundle.error)

console.error(`soaking for ${minutes} minutes, ${pace} requests a second ...`)
const outcome = await soak({ bundle: bundle.value, seconds: minutes * 60, pace })
const report = reportOf(outcome)
await mkdir(join(projectRoot, 'build'), { recursive: true })
await writeFile(
  join(projectRoot, 'build/soak.json'),
  `${JSON.stringify({ ...report, usages: outcome.usages }, undefined, 1)}\n`,
)
console.log(printed(report))
process.exitCode = report.good ? 0 : 1
