/** Loads one server from a process of its own and counts every answer: `wrk` where it is installed, else autocannon. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A GET that the load tool sends. */
export type Shot = { readonly path: string; readonly headers: Readonly<Record<string, string>> }

export type Load = {
  readonly port: number
  /** Sent in turn, again and again. */
  readonly shots: readonly Shot[]
  readonly connections: number
  readonly seconds: number
}

export type Loaded = {
  /** Answers by status. */
  readonly statuses: ReadonlyMap<number, number>
  readonly requests: number
  readonly seconds: number
  /** Connections that failed, broke or stalled. */
  readonly errors: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export type Tool = 'wrk' | 'autocannon'

/** BENCH_TOOL chooses, where both are there. */
export const installedTool = (): Tool =>
  process.env['BENCH_TOOL'] !== 'autocannon' &&
  spawnSync('wrk', ['--version'], { stdio: 'ignore' }).error === undefined
    ? 'wrk'
    : 'autocannon'

/** @returns what came back; throws when the tool itself failed */
export async function load(tool: Tool, asked: Load): Promise<Loaded> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-bench-'))
  const file = join(folder, 'requests')
  await writeFile(file, asked.shots.map((shot) => headOf(shot, asked.port)).join(''))
  const printed = await run(commands[tool](asked), file)
  await rm(folder, { recursive: true })
  return readReport(printed)
}

const headOf = ({ path, headers }: Shot, port: number): string => {
  const lines = Object.entries({ Host: `127.0.0.1:${port}`, ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  )
  return `GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
}

const url = ({ port }: Load): string => `http://127.0.0.1:${port}/`

/** Both print the same report: a name and a number a line. */
const commands: Readonly<Record<Tool, (asked: Load) => readonly [string, ...string[]]>> = {
  wrk: (asked) => [
    'wrk',
    '-t1',
    `-c${asked.connections}`,
    `-d${asked.seconds}s`,
    '-s',
    join(import.meta.dirname, 'load.lua'),
    url(asked),
  ],
  autocannon: (asked) => [
    process.execPath,
    join(import.meta.dirname, 'cannon.ts'),
    `${asked.connections}`,
    `${asked.seconds}`,
    url(asked),
  ],
}

function run([command, ...args]: readonly [string, ...string[]], requests: string): Promise<string> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, BENCH_REQUESTS: requests },
  })
  let printed = ''
  child.stdout.on('data', (chunk) => (printed += chunk))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) =>
      code === 0 ? resolve(printed) : reject(new Error(`${command} ended with code ${code}`)),
    )
  })
}

/** @param printed - with lines `status 200 1234`, `errors`, `micros`, `p50` and `p99` (times in microseconds) */
export function readReport(printed: string): Loaded {
  const number = (name: string): number => Number(new RegExp(`^${name} ([0-9.]+)$`, 'm').exec(printed)?.[1])
  const statuses = new Map(
    [...printed.matchAll(/^status ([0-9]+) ([0-9]+)$/gm)].map(([, status, count]) => [
      Number(status),
      Number(count),
    ]),
  )
  return {
    statuses,
    requests: [...statuses.values()].reduce((sum, count) => sum + count, 0),
    seconds: number('micros') / 1e6,
    errors: number('errors'),
    p50Ms: number('p50') / 1e3,
    p99Ms: number('p99') / 1e3,
  }
}
