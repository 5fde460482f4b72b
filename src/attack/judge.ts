/** Whether an attack got anywhere. What arrived is put to the policy; what came back is read for leaks. */
import type { Answer } from './answer.ts'
import { ofArrival } from './arrival.ts'
import { arrivalsOf, type Carried, type Exchange, type Finding, isOf, seenOf } from './carried.ts'
import { type Leak, leakReader } from './leaks.ts'
import type { Scene } from './scene.ts'
import { together } from './verdict.ts'

export type Judged = {
  readonly findings: readonly Finding[]
  /** Set where a limit answered before anything could be shown. */
  readonly undecided: boolean
}

/**
 * @param scene - the one that the attacks were made for
 * @returns a function that judges one attack; it sends nothing, so an attack can be judged again
 */
export function judgeOf(scene: Scene): (carried: Carried) => Promise<Judged> {
  const leaksIn = leakReader(scene)
  return async (carried) => {
    const { attack, exchanges } = carried
    const findings: Finding[] = []
    for (const exchange of exchanges) {
      for (const seen of arrivalsOf(exchange, carried))
        findings.push(...(await ofArrival(seen, exchange, carried, scene)))
      findings.push(...ofAnswers(exchange, carried, leaksIn))
    }
    findings.push(...together(carried))
    // A limit that answers first hides what lies behind it. Attacks on limits want just that.
    const refusedByLimit = exchanges.some(({ answers: [first] }) => first?.status === 429)
    const isAboutLimits = attack.row.startsWith('R')
    return {
      findings: distinct(findings),
      undecided: findings.length === 0 && refusedByLimit && !isAboutLimits,
    }
  }
}

/** What came back to the attacker. The meaning of a leak is where it was seen: many attacks can meet the same one. */
function ofAnswers(
  { step, mark, answers }: Exchange,
  { attack }: Carried,
  leaksIn: (answer: Answer, arrived: boolean) => readonly Leak[],
): Finding[] {
  const base = { upstream: attack.aim.upstream.name, step }
  return answers.flatMap((answer): Finding[] => {
    const seen = seenOf(answer)
    const leaks = leaksIn(answer, seen !== undefined).map(({ row, what, came }) => ({
      ...base,
      row,
      what,
      came,
      meaning: `${attack.row}: ${attack.what}`,
    }))
    // An answer that carries another request's mark was made for that one: a cache, or a connection out of step.
    if (seen === undefined || isOf(seen, mark)) return leaks
    const meaning = 'a caller is given what was meant for another'
    return [
      ...leaks,
      {
        ...base,
        row: 'T16',
        what: attack.what,
        came: `the answer to ${seen.method} ${seen.target}`,
        meaning,
      },
    ]
  })
}

/** Steps that differ in nothing that matters find the same thing. */
function distinct(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Map(findings.map((finding) => [`${finding.row} ${finding.what} ${finding.came}`, finding]))
  return [...seen.values()]
}
