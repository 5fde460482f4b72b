/** `sallyport replay`: logged decisions against another policy. */
import { createColors } from 'picocolors'
import type { CompiledPolicy } from '../policy/model.ts'
import { type Replay, replayOf } from '../replay/replay.ts'
import { type Usage, usageOf } from '../replay/unused.ts'
import { type ExitCode, exit } from './exit.ts'
import type { Io } from './io.ts'
import { type LogCounts, readLog } from './log-file.ts'
import { policyAt } from './policy-at.ts'
import { renderReplay, renderUnused, replayJson } from './replay-report.ts'
import type { Verb } from './verb.ts'

/** As typed, and the verdict that each stands for. */
const failures = {
  denied: 'newly_denied',
  allowed: 'newly_allowed',
  reasons: 'changed_reason',
  unknown: 'unknown',
} as const

type Options = {
  readonly policy: string
  readonly loggedBy?: string
  readonly unused?: boolean
  readonly failOn?: string
  readonly format: string
}

export const replay: Verb = (program, io, done) => {
  program
    .command('replay')
    .description('decide the requests of a decision log again, by another policy')
    .argument('<log>', 'the decision log, one JSON object a line')
    .option('--policy <where>', 'a folder, a git revision, or a compiled file', 'policies')
    .option('--logged-by <where>', 'the policy that wrote the log: fewer paths are unknown')
    .option('--unused', 'list what the policy grants and no logged request used')
    .option('--fail-on <kinds>', `exit with 6 on any of these: ${Object.keys(failures).join(',')}`)
    .option('--format <format>', 'text or json', 'text')
    .addHelpText('after', '\nExample:\n  $ sallyport replay decisions.log --policy policies --fail-on denied')
    .action(async (log: string, options: Options) => done(await replayWith(io, log, options)))
}

async function replayWith(io: Io, log: string, options: Options): Promise<ExitCode> {
  const kinds = options.failOn?.split(',') ?? []
  const unknown = kinds.find((kind) => !Object.hasOwn(failures, kind))
  if (unknown !== undefined) {
    return wrong(io, `--fail-on takes ${Object.keys(failures).join(', ')}, not \`${unknown}\``)
  }
  if (options.format !== 'text' && options.format !== 'json') return wrong(io, '--format takes text or json')
  const policy = await policyAt(io, options.policy)
  if (!policy.ok) return policy.error
  const loggedBy = options.loggedBy === undefined ? undefined : await policyAt(io, options.loggedBy)
  if (loggedBy?.ok === false) return loggedBy.error
  return replayed(io, log, { policy: policy.value, loggedBy: loggedBy?.value, kinds, options })
}

function wrong(io: Io, why: string): ExitCode {
  io.stderr(`sallyport: ${why}\n`)
  return exit.wrongCommandLine
}

type Given = {
  readonly policy: CompiledPolicy
  readonly loggedBy: CompiledPolicy | undefined
  readonly kinds: readonly string[]
  readonly options: Options
}

async function replayed(io: Io, log: string, { policy, loggedBy, kinds, options }: Given): Promise<ExitCode> {
  const run = replayOf(policy, loggedBy)
  const usage = usageOf(policy)
  const read = await readLog(log, async (line) => {
    usage.take(line)
    await run.take(line)
    return 'go on' as const
  })
  if (!read.ok) {
    io.stderr(`sallyport: cannot read ${log}: ${read.error}\n`)
    return exit.toolFailed
  }
  report(io, run, usage, read.value, options)
  const found = new Set<string>(run.groups().map(({ verdict }) => verdict))
  const isFailure = Object.entries(failures).some(
    ([kind, verdict]) => kinds.includes(kind) && found.has(verdict),
  )
  return isFailure ? exit.diffFindings : exit.ok
}

function report(
  io: Io,
  run: Replay,
  usage: Usage,
  counts: LogCounts,
  { format, unused = false }: Options,
): void {
  const grants = unused ? usage.unused() : undefined
  if (format === 'json') {
    io.stdout(`${JSON.stringify(replayJson(run.groups(), grants, counts), undefined, 2)}\n`)
    return
  }
  io.stdout(renderReplay(run.groups(), counts, createColors(io.color)))
  if (grants !== undefined) io.stdout(renderUnused(grants))
}
