/** `sallyport serve`: the deploy bundle with this policy, on the production runtime. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { InvalidArgumentError } from 'commander'
import { fail, ok, type Result } from '../base/result.ts'
import type { OriginConfig } from '../forwarding/config.ts'
import { bareOrigin } from '../forwarding/origin.ts'
import type { CompiledPolicy } from '../policy/model.ts'
import { policyText } from '../policy/written.ts'
import { type ExitCode, exit } from './exit.ts'
import type { Io } from './io.ts'
import { withProgress } from './output/progress.ts'
import { DEFAULT_DIRS, openPolicy } from './policy.ts'
import { bundleWorker } from './runtime/bundle.ts'
import { type Served, supervise } from './runtime/supervise.ts'
import type { Verb } from './verb.ts'

type Flags = {
  readonly port: number
  readonly host: string
  readonly persist: string
  readonly origin: ReadonlyMap<string, string>
  readonly demo?: boolean
}

/** Where the state is kept if nothing else is said. */
const OWN_FOLDER = '.sallyport/objects'

export const serve: Verb = (program, io, done) => {
  program
    .command('serve')
    .description('run the gateway on workerd, the production runtime')
    .argument('[dir...]', 'folders with *.yaml; several are read as one policy', DEFAULT_DIRS)
    .option('--port <n>', 'port to listen on; 0 takes a free one', portOf, 8787)
    .option('--host <h>', 'address to listen on', '127.0.0.1')
    .option('--persist <dir>', "folder of the rate limiter's state", OWN_FOLDER)
    .option(
      '--origin <name=url>',
      'where an upstream lives; may be given several times',
      withOrigin,
      new Map(),
    )
    .option('--demo', 'accept the demonstration clients, whose secrets are public')
    .addHelpText(
      'after',
      '\nA hangup signal (kill -HUP) has the policy read anew; one that does not load\nis not taken.\n' +
        '\nExample:\n  $ sallyport serve policies --port 8080 --origin akamai=https://acme.example',
    )
    .action(async (dirs: string[], flags: Flags) => done(await run(io, dirs, flags)))
}

/** A port as it is typed. */
export function portOf(text: string): number {
  if (/^[0-9]{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new InvalidArgumentError('a port is a number from 0 to 65535')
}

/** `akamai=URL` is for all origins of the upstream, `akamai.social=URL` for one. */
function withOrigin(pair: string, before: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const equals = pair.indexOf('=')
  const origin = bareOrigin(pair.slice(equals + 1))
  if (equals < 1 || origin === undefined) throw new InvalidArgumentError('write NAME=https://host[:port]')
  return new Map([...before, [pair.slice(0, equals), origin]])
}

async function run(io: Io, dirs: readonly string[], flags: Flags): Promise<ExitCode> {
  const policy = await opened(io, dirs, flags)
  if (!policy.ok) return policy.error
  const bundle = await withProgress(io, 'bundling the Worker', bundled())
  if (!bundle.ok) {
    io.stderr(bundle.error)
    return exit.toolFailed
  }
  const { host, port, persist } = flags
  const served = (policy: CompiledPolicy): Served => ({
    ...{ bundle: bundle.value, host, port, persist },
    policy: policyText(policy),
    variables: variablesOf(policy),
  })
  if (persist === OWN_FOLDER) await keepOutOfGit(dirname(OWN_FOLDER))
  io.stderr(ADDRESS_HINT)
  return await supervise(io, served(policy.value), async () => {
    const again = await opened(io, dirs, flags)
    return again.ok ? served(again.value) : undefined
  })
}

/** State is no part of a project. */
async function keepOutOfGit(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, '.gitignore'), '*\n')
}

/** Whoever tries a policy here would otherwise be refused by every allow list, and not know why. */
const ADDRESS_HINT = `sallyport: callers have the address that CF-Connecting-IP says, and none without it; Cloudflare sets
           that header, here you do:  curl -H 'CF-Connecting-IP: 192.0.2.1' -u ID:SECRET ...
`

/** The policy with its origins, or the exit code after it was said what is wrong. */
async function opened(
  io: Io,
  dirs: readonly string[],
  flags: Flags,
): Promise<Result<CompiledPolicy, ExitCode>> {
  const read = await openPolicy(io, dirs, { origins: flags.origin, demo: flags.demo === true })
  if (!read.ok) return read
  const { policy } = read.value
  const unknown = [...flags.origin.keys()].find((name) => !hasOrigin(policy, name))
  if (unknown === undefined) return ok(policy)
  io.stderr(`sallyport: --origin ${unknown}: the policy has no such upstream or origin\n`)
  return fail(exit.wrongCommandLine)
}

const hasOrigin = ({ upstreams }: CompiledPolicy, named: string): boolean =>
  upstreams.some(
    ({ name, origins }) => name === named || Object.keys(origins).some((key) => `${name}.${key}` === named),
  )

/** Of the environment only what the policy's origins and issuers name is handed to the Worker. */
function variablesOf({ upstreams, tokens }: CompiledPolicy): Record<string, string> {
  const origins: readonly OriginConfig[] = upstreams.flatMap((upstream) => Object.values(upstream.origins))
  const named = [
    ...origins.flatMap((origin) => ('env' in origin ? [origin.env] : [])),
    ...tokens.flatMap(({ keys, introspection }) => [
      ...(keys && 'env' in keys ? [keys.env] : []),
      ...(introspection ? [introspection.secretEnv] : []),
    ]),
  ]
  const given = named.map((name): [string, string] => [name, process.env[name] ?? ''])
  return Object.fromEntries(given.filter(([, value]) => value !== ''))
}

/** The bundle of this checkout, in memory: the folder that wrangler wrote it to is gone. */
export async function bundled() {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-bundle-'))
  const bundle = await bundleWorker(folder)
  await rm(folder, { recursive: true, force: true })
  return bundle
}
