/**
 * Exceptions: comments that say which finding is meant to be there, and why.
 *
 *     # lint: allow L103 - the vendor has no IPv6 until 2027-03-01
 */
import type { Millis } from '../base/time.ts'
import { dateMillis } from '../policy/fields.ts'
import { type Comment, commentsIn } from '../source/comments.ts'
import { lineText, type Place, placeAt, type SourceText } from '../source/text.ts'
import { type Finding, found } from './finding.ts'
import { isLintCode } from './rules.ts'

type Exception = {
  readonly code: string
  /** The comment. */
  readonly place: Place
  /** Where it counts. */
  readonly lines: readonly number[]
  readonly why: string
  /** As written after `until`. */
  readonly until: string | undefined
}

const EXCEPTION = /^#\s*lint:\s*allow\b\s*(.*)$/
const PARTS = /^((?:L\d+)(?:\s*,\s*L\d+)*)?\s*(?:-\s*(.*))?$/
/** The date may end the reason, since that is how one says it. */
const UNTIL = /\buntil\s+(\d{4}-\d{2}-\d{2})\s*\.?$/

/** Only these are read line by line. */
const MAY_HOLD = /#\s*lint:/

export type Excepted = {
  /** Without what is excepted; with what is wrong with the exceptions. */
  readonly findings: readonly Finding[]
  /** How many were taken out. */
  readonly count: number
}

/** Takes out what exceptions name, and reports those that except nothing, are past their date or give no reason. */
export function withoutExceptions(
  findings: readonly Finding[],
  files: readonly SourceText[],
  now: Millis,
): Excepted {
  const exceptions = files.filter(({ text }) => MAY_HOLD.test(text)).flatMap(exceptionsIn)
  const counting = exceptions.filter((exception) => isGood(exception, now))
  const used = new Set<Exception>()
  const left = findings.filter((finding) => {
    const matching = counting.filter((exception) => isAbout(exception, finding))
    for (const exception of matching) used.add(exception)
    return matching.length === 0
  })
  const wrong = exceptions.flatMap((exception) => mistakeIn(exception, used.has(exception), now))
  return { findings: [...left, ...wrong], count: findings.length - left.length }
}

function exceptionsIn(source: SourceText): Exception[] {
  const comments = commentsIn(source)
  return comments.flatMap((comment) => {
    const rest = EXCEPTION.exec(comment.text)?.[1]
    if (rest === undefined) return []
    const [, codes = '', reason = ''] = PARTS.exec(rest.trim()) ?? []
    const until = UNTIL.exec(reason)?.[1]
    const common = {
      place: placeAt(source, comment.span),
      lines: linesOf(comment, comments, source),
      why: reason.replace(UNTIL, '').trim(),
      until,
    }
    return codes.split(',').map((code) => ({ code: code.trim(), ...common }))
  })
}

/**
 * A comment after something counts for its line, and for the next one where that something is a key with its value
 * below. One that stands alone counts for the line under it; several may stand together.
 */
function linesOf({ line, alone, span }: Comment, comments: readonly Comment[], source: SourceText): number[] {
  if (alone) {
    const others = new Set(comments.filter((each) => each.alone).map((each) => each.line))
    let next = line + 1
    while (others.has(next)) next++
    return [next]
  }
  const column = span.from - (source.lineStarts[line - 1] ?? 0)
  const isKey = (lineText(source, line) ?? '').slice(0, column).trimEnd().endsWith(':')
  return isKey ? [line, line + 1] : [line]
}

const isAbout = ({ code, place, lines }: Exception, finding: Finding): boolean =>
  code === finding.code && place.file === finding.place.file && lines.includes(finding.place.line)

/** As with `expires`, the date is the first day on which it does not count any more. */
const isPast = ({ until }: Exception, now: Millis): boolean =>
  until !== undefined && (dateMillis(until) ?? 0) <= now

const isGood = (exception: Exception, now: Millis): boolean => exception.why !== '' && !isPast(exception, now)

function mistakeIn(exception: Exception, isUsed: boolean, now: Millis): Finding[] {
  const { code, place, why, until } = exception
  if (!isLintCode(code)) {
    const what = code === '' ? 'this exception names no rule' : `there is no rule ${code}`
    return [found('L901', place, what, { help: 'write `# lint: allow L103 - <why>`' })]
  }
  if (why === '') {
    const help = `write \`# lint: allow ${code} - <why>\`; until then it excepts nothing`
    return [found('L902', place, `this exception of ${code} gives no reason`, { help })]
  }
  if (isPast(exception, now)) {
    const isDate = dateMillis(until ?? '') !== undefined
    const message = isDate ? `this exception of ${code} ended on ${until}` : `${until} is no date`
    return [found('L901', place, message, { help: 'mend what it excepts, or give it a new date' })]
  }
  return isUsed
    ? []
    : [found('L901', place, `there is no ${code} here to except`, { help: 'delete the comment' })]
}
