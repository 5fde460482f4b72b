/** `sallyport attack`: known ways past a gateway, tried on a running one. */
import type { SceneOptions } from '../attack/scene.ts'
import { ok, type Result } from '../base/result.ts'
import type { CompiledPolicy } from '../policy/model.ts'
import { startDemo } from './attack/demo.ts'
import { type EchoUpstream, startEcho } from './attack/echo-upstream.ts'
import type { Target } from './attack/run.ts'
import { type AttackOptions, attacked, said } from './attack/session.ts'
import { armedFrom, seenAsOf, signersFrom, targetOf } from './attack/target.ts'
import { type ExitCode, exit } from './exit.ts'
import type { Io } from './io.ts'
import { formatOption } from './options.ts'
import { loadProblems } from './output/formats.ts'
import { policyAt } from './policy-at.ts'
import type { Verb } from './verb.ts'

const formats = ['text', 'json'] as const

type Options = Omit<AttackOptions, 'signal'> & {
  readonly url?: string
  readonly demo?: boolean
  readonly policy: string
  readonly client: readonly string[]
  readonly host?: string
  readonly seenAs?: string
}

export const attack: Verb = (program, io, done) => {
  program
    .command('attack')
    .description('try the known ways past a gateway on a running one, with an echo upstream behind it')
    .option('--url <url>', 'of the gateway: http://host[:port] or https://host[:port]')
    .option('--demo', 'start our own gateway on the demonstration’s policy, and attack that')
    .option(
      '--policy <where>',
      'the policy that it obeys: folders, a revision, a compiled file',
      'policies,demo/policies',
    )
    .option(
      '--client <name>',
      'a client to be, its secret in SALLYPORT_SECRET_NAME; may be given several times',
      also,
      [],
    )
    .option('--host <name>', 'for the Host line, where it is another than that of the URL')
    .option('--seen-as <address>', 'this machine’s address, where a proxy or Cloudflare tells the gateway')
    .option('--only <rows>', 'rows or families of docs/threats.md, with commas between them: P3,A')
    .option('--timeout <seconds>', 'begin no attack after that', '120')
    .addOption(formatOption(formats))
    .addHelpText(
      'after',
      '\nExamples:\n  $ sallyport attack --demo\n  $ sallyport attack --url https://gw.example --client crm-sync',
    )
    .action(async (options: Options) => done(await attackWith(io, options)))
}

/** An option that may be given several times. */
const also = (name: string, before: readonly string[]): readonly string[] => [...before, name]

async function attackWith(io: Io, options: Options): Promise<ExitCode> {
  const mistake = mistakeIn(options)
  if (mistake !== undefined) return said(io, mistake, exit.wrongCommandLine)
  return options.demo ? attackDemo(io, options) : attackUrl(io, options)
}

/** What the options do not say by themselves. */
function mistakeIn({ url, demo, only, timeout, seenAs }: Options): string | undefined {
  if ((url === undefined) === (demo === undefined)) return 'name either --url or --demo'
  if (demo && seenAs !== undefined) return '--seen-as says nothing about --demo, which has no proxy in front'
  if (!/^[1-9][0-9]{0,4}$/.test(timeout)) return '--timeout takes a number of seconds'
  return only !== undefined && !/^[A-Z][0-9]*(?:,[A-Z][0-9]*)*$/.test(only)
    ? '--only takes rows such as P3, or letters of families, with commas between them'
    : undefined
}

/** Everything that is started here is ended here, whatever comes of it. */
async function attackDemo(io: Io, options: Options): Promise<ExitCode> {
  io.stderr('sallyport: starting a gateway to attack ...\n')
  const signal = interrupted(io)
  const demo = await startDemo(io)
  if (!demo.ok) return said(io, demo.error, exit.toolFailed)
  const { policy, target, stop, ...given } = demo.value
  try {
    const obeyed = { policy, output: { digest: policy.digest, files: [] } }
    return await attacked(io, { ...options, signal }, obeyed, target, {
      ...given,
      seenAs: undefined,
      now: io.now(),
    })
  } finally {
    await stop()
  }
}

/** Whoever interrupts is told what was found so far, and leaves no process behind. */
function interrupted(io: Io): AbortSignal {
  const controller = new AbortController()
  io.onInterrupt(() => controller.abort())
  return controller.signal
}

/** The policy is read first: without it nobody knows what the deployment should refuse. */
async function attackUrl(io: Io, options: Options): Promise<ExitCode> {
  const target = targetOf(options.url ?? '', options.host)
  if (!target.ok) return said(io, target.error, exit.wrongCommandLine)
  const policy = await policyAt(io, options.policy, loadProblems(io, options.format, 'attack'))
  if (!policy.ok) return policy.error
  const given = givenBy(io, options, policy.value.policy)
  if (!given.ok) return said(io, given.error, exit.wrongCommandLine)
  const signal = interrupted(io)
  const canary = await canaryFor(target.value)
  try {
    const scene = { ...given.value, canary: canary && `${LOOPBACK}:${canary.port}` }
    return await attacked(io, { ...options, signal }, policy.value, target.value, scene)
  } finally {
    await canary?.close()
  }
}

const LOOPBACK = '127.0.0.1'

/** A gateway on this machine can be led to a server on this machine; one elsewhere would not find it. */
const canaryFor = async ({ peer: { host } }: Target): Promise<EchoUpstream | undefined> =>
  host === 'localhost' || host === LOOPBACK ? startEcho('canary', LOOPBACK, 0) : undefined

/** Who the attack may be, and from where: the environment has the secrets, the command line the names. */
function givenBy(
  io: Io,
  { client, seenAs: address }: Options,
  policy: CompiledPolicy,
): Result<Omit<SceneOptions, 'canary'>, string> {
  const armed = armedFrom(policy, client, process.env)
  if (!armed.ok) return armed
  const signers = signersFrom(policy, process.env, io.now)
  if (!signers.ok) return signers
  const seenAs = seenAsOf(address)
  if (!seenAs.ok) return seenAs
  return ok({
    armed: armed.value,
    signers: signers.value,
    seenAs: seenAs.value,
    now: io.now(),
  })
}
