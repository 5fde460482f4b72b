/** `sallyport replay`: logged decisions against another policy. */
import { createColors } from 'picocolors'
import { replayOf } from '../replay/replay.ts'
import { usageOf } from '../replay/unused.ts'
import { type ExitCode, exit } from './exit.ts'
import type { Io } from './io.ts'
import { readLog } from './log-file.ts'
import { formatOption, someOf } from './options.ts'
import { loadProblems } from './output/formats.ts'
import { outputText } from './output/output.ts'
import { progressOf } from './output/progress.ts'
import {
  type Replayed,
  renderReplay,
  renderUnused,
  replayResult,
  severalText,
} from './output/replay-report.ts'
import { type PolicyAt, policyAt } from './policy-at.ts'
import type { Verb } from './verb.ts'

/** As typed, and the verdict that each stands for. */
const failures = {
  denied: 'newly_denied',
  would_deny: 'would_deny',
  allowed: 'newly_allowed',
  reasons: 'changed_reason',
  unknown: 'unknown',
} as const

const formats = ['text', 'json'] as const

type Options = {
  readonly policy: string
  readonly loggedBy?: string
  readonly unused?: boolean
  readonly failOn?: readonly string[]
  readonly format: (typeof formats)[number]
}

export const replay: Verb = (program, io, done) => {
  program
    .command('replay')
    .description('decide the requests of a decision log again, by another policy')
    .argument('<log>', 'the decision log, one JSON object a line')
    .option('--policy <where>', 'a folder, a git revision, or a compiled file', 'policies')
    .option('--logged-by <where>', 'the policy that wrote the log: fewer paths are unknown')
    .option('--unused', 'list what the policy grants and no logged request used')
    .addOption(someOf('--fail-on <kinds>', 'exit with 6 on any of these', Object.keys(failures)))
    .addOption(formatOption(formats))
    .addHelpText('after', '\nExample:\n  $ sallyport replay decisions.log --policy policies --fail-on denied')
    .action(async (log: string, options: Options) => done(await replayWith(io, log, options)))
}

async function replayWith(io: Io, log: string, options: Options): Promise<ExitCode> {
  const problems = loadProblems(io, options.format, 'replay')
  const policy = await policyAt(io, options.policy, problems)
  if (!policy.ok) return policy.error
  const loggedBy = options.loggedBy === undefined ? undefined : await policyAt(io, options.loggedBy, problems)
  if (loggedBy?.ok === false) return loggedBy.error
  return replayed(io, log, { policy: policy.value, loggedBy: loggedBy?.value, options })
}

type Given = {
  readonly policy: PolicyAt
  readonly loggedBy: PolicyAt | undefined
  readonly options: Options
}

async function replayed(io: Io, log: string, given: Given): Promise<ExitCode> {
  const { policy, loggedBy, options } = given
  const run = replayOf(policy.policy, loggedBy?.policy, io.now())
  const usage = usageOf(policy.policy)
  const progress = progressOf(io, 'replaying')
  const policies = new Map<string, number>()
  let lines = 0
  const read = await readLog(log, async (line) => {
    policies.set(line.policy, (policies.get(line.policy) ?? 0) + 1)
    usage.take(line)
    await run.take(line)
    progress.at(++lines)
    return 'go on' as const
  })
  progress.end()
  if (!read.ok) {
    io.stderr(`sallyport: cannot read ${log}: ${read.error}\n`)
    return exit.toolFailed
  }
  const unused = options.unused ? usage.unused() : undefined
  const groups = run.groups()
  io.stdout(rendered(io, { groups, unused, counts: read.value, policies }, given))
  const found = new Set<string>(groups.map(({ verdict }) => verdict))
  const isFailure = Object.entries(failures).some(
    ([kind, verdict]) => options.failOn?.includes(kind) && found.has(verdict),
  )
  return isFailure ? exit.diffFindings : exit.ok
}

function rendered(io: Io, replayed: Replayed, { policy, loggedBy, options }: Given): string {
  if (options.format === 'json') {
    const about = { policy: policy.output, remarks: [...policy.problems, ...(loggedBy?.problems ?? [])] }
    return outputText(io, 'replay', about, replayResult(replayed, loggedBy?.output))
  }
  const { groups, unused, counts, policies } = replayed
  const others = [...policies.keys()].filter((digest) => digest !== policy.policy.digest)
  const note = loggedBy === undefined ? '' : severalText(others.length)
  const text = renderReplay(groups, counts, createColors(io.color)) + note
  return unused === undefined ? text : text + renderUnused(unused)
}
