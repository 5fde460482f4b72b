/** `sallyport explain --request-id`: a line of the decision log, told again by the policy of today. */
import { createColors } from 'picocolors'
import { explainLine } from '../explain/logged.ts'
import type { LoggedDecision } from '../replay/log.ts'
import { printable } from '../source/frame.ts'
import { type ExitCode, exit } from './exit.ts'
import type { Io } from './io.ts'
import { readLog } from './log-file.ts'
import { explainText, explanationResult } from './output/explain-output.ts'
import { renderExplanation } from './output/explain-report.ts'
import type { OpenPolicy } from './policy.ts'

type Options = { readonly requestId: string; readonly log: string; readonly format: 'text' | 'json' }

export async function explainLogged(
  io: Io,
  opened: OpenPolicy,
  { requestId, log, format }: Options,
): Promise<ExitCode> {
  let found: LoggedDecision | undefined
  const read = await readLog(log, (line) => {
    if (line.requestId === requestId) found = line
    return found === undefined ? 'go on' : 'stop'
  })
  if (!read.ok) {
    io.stderr(`sallyport: cannot read ${log}: ${read.error}\n`)
    return exit.toolFailed
  }
  if (found === undefined) {
    io.stderr(`sallyport: no decision with request id ${requestId} in ${log}\n`)
    return exit.wrongCommandLine
  }
  const { question, explanation, unknown } = await explainLine(found, opened, io.now())
  io.stdout(
    format === 'json'
      ? explainText(io, opened, explanationResult(question, explanation, found, unknown))
      : loggedText(found) + renderExplanation(question, explanation, createColors(io.color), unknown),
  )
  return exit.ok
}

function loggedText({ ts, decision, reason, step, why, wouldDeny }: LoggedDecision): string {
  const at = step === undefined ? '' : ` at step ${step}`
  const said = why === undefined ? '' : `: ${why}`
  const reports = wouldDeny.map(
    (each) => `, would_deny ${each.reason} at step ${each.step}, report only until ${each.until}`,
  )
  const told = `${decision}${reason === undefined ? '' : ` ${reason}`}${at}${said}${reports.join('')}`
  return `${printable(`logged  ${ts}  ${told}`)}\n\n`
}
