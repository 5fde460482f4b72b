/** A decision log, read line by line: it may be larger than memory. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { fail, ok, type Result } from '../base/result.ts'
import { type LoggedDecision, loggedDecision } from '../replay/log.ts'

export type LogCounts = { readonly decisions: number; readonly otherLines: number }

/**
 * @param take - called with each decision; says `stop` when it needs no more
 * @returns how many lines were read, or why the file could not be
 */
export async function readLog(
  file: string,
  take: (decision: LoggedDecision) => Promise<'go on' | 'stop'> | 'go on' | 'stop',
): Promise<Result<LogCounts, string>> {
  let decisions = 0
  let otherLines = 0
  const stream = createReadStream(file, 'utf8')
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
      const decision = loggedDecision(line)
      if (decision !== undefined) decisions += 1
      else if (line.trim() !== '') otherLines += 1
      if (decision !== undefined && (await take(decision)) === 'stop') break
    }
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error))
  } finally {
    stream.destroy()
  }
  return ok({ decisions, otherLines })
}
