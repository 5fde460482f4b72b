/** An attack that was carried out: what was sent, what came back, and what arrived. */
import { type Answer, headerOf } from './answer.ts'
import type { Attack, Step } from './attack.ts'
import { ECHO_HEADER, markOf, type Seen, seenIn } from './seen.ts'

/** One step that was sent, and what came of it. */
export type Exchange = {
  readonly step: Step
  readonly mark: string
  /** None where the connection was closed without a word, or in silence for too long. */
  readonly answers: readonly Answer[]
}

export type Carried = {
  readonly attack: Attack
  readonly exchanges: readonly Exchange[]
  /** Everything of this attack that the echo reported. */
  readonly arrivals: readonly Seen[]
  readonly elapsedMs: number
}

export type Finding = {
  readonly row: string
  readonly what: string
  /** Name of the upstream that was aimed at. */
  readonly upstream: string
  readonly step: Step | undefined
  /** What arrived, or came back. */
  readonly came: string
  readonly meaning: string
}

/** Suffix of the mark of a request that was hidden in another one. */
export const HIDDEN = '-hidden'

/** By the echo's own answer, or by its report where the answer was lost or is somebody else's. */
export function arrivalsOf({ mark, answers }: Exchange, { arrivals }: Carried): readonly Seen[] {
  const answered = answers.flatMap((answer) => seenOf(answer) ?? []).filter((seen) => isOf(seen, mark))
  const reported = arrivals.filter(
    (seen) => isOf(seen, mark) && !answered.some((each) => markOf(each) === markOf(seen)),
  )
  return [...answered, ...reported]
}

/** Whether it was sent by this request, or hidden in it. */
export const isOf = (seen: Seen, mark: string): boolean => [mark, `${mark}${HIDDEN}`].includes(markOf(seen))

/** The echo's answer; that to HEAD is in a header. */
export function seenOf(answer: Answer): Seen | undefined {
  const header = headerOf(answer, ECHO_HEADER)
  return seenIn(answer.body) ?? (header === undefined ? undefined : seenIn(decodeURIComponent(header)))
}
