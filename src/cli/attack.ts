/** `sallyport attack`: known ways past a gateway, tried on a running one. */
import { createColors } from 'picocolors'
import { attacksOn } from '../attack/corpus/all.ts'
import { type Scene, type SceneOptions, sceneOf } from '../attack/scene.ts'
import { ok, type Result } from '../base/result.ts'
import type { CompiledPolicy } from '../policy/model.ts'
import { startDemo } from './attack-demo.ts'
import { attackResult, renderAttack } from './attack-report.ts'
import { carryOut, type Target, visibility } from './attack-run.ts'
import { armedFrom, seenAsOf, signersFrom, targetOf } from './attack-target.ts'
import { type ExitCode, exit } from './exit.ts'
import { loadProblems } from './formats.ts'
import type { Io } from './io.ts'
import { formatOption } from './options.ts'
import { outputText } from './output.ts'
import type { PolicyOutput } from './output-schema.ts'
import { policyAt } from './policy-at.ts'
import type { Verb } from './verb.ts'

const formats = ['text', 'json'] as const

type Options = {
  readonly url?: string
  readonly demo?: boolean
  readonly policy: string
  readonly client: readonly string[]
  readonly host?: string
  readonly seenAs?: string
  readonly only?: string
  readonly timeout: string
  readonly format: (typeof formats)[number]
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

const also = (name: string, before: readonly string[]): readonly string[] => [...before, name]

async function attackWith(io: Io, options: Options): Promise<ExitCode> {
  const mistake = mistakeIn(options)
  if (mistake !== undefined) return said(io, mistake, exit.wrongCommandLine)
  return options.demo ? attackDemo(io, options) : attackUrl(io, options)
}

function mistakeIn({ url, demo, only, timeout, seenAs }: Options): string | undefined {
  if ((url === undefined) === (demo === undefined)) return 'name either --url or --demo'
  if (demo && seenAs !== undefined) return '--seen-as says nothing about --demo, which has no proxy in front'
  if (!/^[1-9][0-9]{0,4}$/.test(timeout)) return '--timeout takes a number of seconds'
  return only !== undefined && !/^[A-Z][0-9]*(?:,[A-Z][0-9]*)*$/.test(only)
    ? '--only takes rows such as P3, or letters of families, with commas between them'
    : undefined
}

function said(io: Io, why: string, code: ExitCode): ExitCode {
  io.stderr(`sallyport: ${why}\n`)
  return code
}

async function attackDemo(io: Io, options: Options): Promise<ExitCode> {
  io.stderr('sallyport: starting a gateway to attack ...\n')
  const demo = await startDemo(io)
  if (!demo.ok) return said(io, demo.error, exit.toolFailed)
  const { policy, target, stop, ...given } = demo.value
  try {
    const about = { policy, output: { digest: policy.digest, files: [] } }
    return await attacked(io, options, about, target, { ...given, seenAs: undefined, now: io.now() })
  } finally {
    await stop()
  }
}

async function attackUrl(io: Io, options: Options): Promise<ExitCode> {
  const target = targetOf(options.url ?? '', options.host)
  if (!target.ok) return said(io, target.error, exit.wrongCommandLine)
  const policy = await policyAt(io, options.policy, loadProblems(io, options.format, 'attack'))
  if (!policy.ok) return policy.error
  const given = givenBy(io, options, policy.value.policy)
  if (!given.ok) return said(io, given.error, exit.wrongCommandLine)
  return attacked(io, options, policy.value, target.value, given.value)
}

function givenBy(
  io: Io,
  { client, seenAs: address }: Options,
  policy: CompiledPolicy,
): Result<SceneOptions, string> {
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
    canary: undefined,
    now: io.now(),
  })
}

type Obeyed = { readonly policy: CompiledPolicy; readonly output: PolicyOutput }

async function attacked(
  io: Io,
  options: Options,
  { policy, output }: Obeyed,
  target: Target,
  given: SceneOptions,
): Promise<ExitCode> {
  const started = io.now()
  const whole = await sceneOf(policy, given)
  const seen = await visibility(whole, target)
  const blind = new Map([...seen].flatMap(([name, why]) => (why === undefined ? [] : [[name, why] as const])))
  const scene = visible(whole, blind)
  if (scene.aims.length === 0) {
    const why = [...blind].map(([name, each]) => `\n  ${name}: ${each}`).join('')
    return said(
      io,
      `nothing can be seen through the gateway, so nothing can be found:${why}`,
      exit.toolFailed,
    )
  }
  const all = await attacksOn(scene, target.host)
  const chosen = all.filter(({ row }) => isChosen(row, options.only))
  if (chosen.length === 0)
    return said(io, `no attack on ${options.only} can be made with what was given`, exit.wrongCommandLine)
  const outcome = await carryOut(chosen, scene, target, Number(options.timeout) * 1000)
  const told = { outcome, blind, armed: given.armed, seconds: (io.now() - started) / 1000 }
  io.stdout(
    options.format === 'json'
      ? outputText(io, 'attack', { policy: output, remarks: [] }, attackResult(told))
      : renderAttack(told, createColors(io.color)),
  )
  return outcome.findings.length > 0 ? exit.testFailed : exit.ok
}

/** What cannot be seen is left out: an attack on it would find nothing, whatever the gateway does. */
function visible(scene: Scene, blind: ReadonlyMap<string, string>): Scene {
  const isSeen = ({ upstream: { name } }: Scene['aims'][number]) => !blind.has(name)
  return { ...scene, aims: scene.aims.filter(isSeen), guarded: scene.guarded.filter(isSeen) }
}

const isChosen = (row: string, only: string | undefined): boolean =>
  only === undefined || only.split(',').some((each) => each === row || each === row.slice(0, 1))
