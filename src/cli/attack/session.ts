/** One attack from the first request to the exit code: what can be seen, what is tried, what is said of it. */
import { createColors } from 'picocolors'
import { attacksOn } from '../../attack/corpus/all.ts'
import { type Scene, type SceneOptions, sceneOf } from '../../attack/scene.ts'
import type { CompiledPolicy } from '../../policy/model.ts'
import { type ExitCode, exit } from '../exit.ts'
import type { Io } from '../io.ts'
import { outputText } from '../output/output.ts'
import type { PolicyOutput } from '../output/output-schema.ts'
import { counted } from '../output/report.ts'
import { attackResult, renderAttack } from './report.ts'
import { carryOut, type Outcome, type Target, visibility } from './run.ts'

export type AttackOptions = {
  readonly only?: string
  /** In seconds, as typed. */
  readonly timeout: string
  readonly format: 'text' | 'json'
  readonly signal: AbortSignal
}

/** The policy that the deployment should obey. */
export type Obeyed = { readonly policy: CompiledPolicy; readonly output: PolicyOutput }

/** @returns the exit code; the report is on stdout */
export async function attacked(
  io: Io,
  options: AttackOptions,
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
  const until = { timeoutMs: Number(options.timeout) * 1000, signal: options.signal }
  const outcome = await carryOut(chosen, scene, target, until)
  const told = { outcome, blind, armed: given.armed, seconds: (io.now() - started) / 1000 }
  io.stdout(
    options.format === 'json'
      ? outputText(io, 'attack', { policy: output, remarks: [] }, attackResult(told))
      : renderAttack(told, createColors(io.color)),
  )
  return codeOf(io, outcome)
}

/** An attack that was not finished has not found nothing. */
function codeOf(io: Io, { findings, left, isReported }: Outcome): ExitCode {
  if (findings.length > 0) return exit.testFailed
  if (left > 0)
    return said(io, `${counted(left, 'attack')} left out: there was no time for more`, exit.toolFailed)
  return isReported
    ? exit.ok
    : said(
        io,
        'in the end the echo could not be asked what it saw: does the gateway still answer?',
        exit.toolFailed,
      )
}

/** What cannot be seen is left out: an attack on it would find nothing, whatever the gateway does. */
function visible(scene: Scene, blind: ReadonlyMap<string, string>): Scene {
  const isSeen = ({ upstream: { name } }: Scene['aims'][number]) => !blind.has(name)
  return { ...scene, aims: scene.aims.filter(isSeen), guarded: scene.guarded.filter(isSeen) }
}

/** A row by its name, or by its family's letter. */
const isChosen = (row: string, only: string | undefined): boolean =>
  only === undefined || only.split(',').some((each) => each === row || each === row.slice(0, 1))

/** A sentence on stderr. */
export function said(io: Io, why: string, code: ExitCode): ExitCode {
  io.stderr(`sallyport: ${why}\n`)
  return code
}
