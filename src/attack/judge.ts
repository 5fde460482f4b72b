/** Whether an attack got anywhere. What arrived is put to the policy; what came back is read for leaks. */
import { formatAddress } from '../base/address.ts'
import { foldedName } from '../forwarding/names.ts'
import { type Answer, headerOf } from './answer.ts'
import { type Attack, SPOOF, type Step, type Truth, type Verdict } from './attack.ts'
import { type Leak, leakReader } from './leaks.ts'
import { forgivingPath, type Ruling } from './oracle.ts'
import type { Aim, Scene } from './scene.ts'
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

export type Judged = {
  readonly findings: readonly Finding[]
  /** Set where a limit answered before anything could be shown. */
  readonly undecided: boolean
}

/** Suffix of the mark of a request that was hidden in another one. */
export const HIDDEN = '-hidden'

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
    const refusedByLimit = exchanges.some(({ answers: [first] }) => first?.status === 429)
    const isAboutLimits = attack.row.startsWith('R')
    return {
      findings: distinct(findings),
      undecided: findings.length === 0 && refusedByLimit && !isAboutLimits,
    }
  }
}

/** By the echo's own answer, or by its report where the answer was lost or is somebody else's. */
function arrivalsOf({ mark, answers }: Exchange, { arrivals }: Carried): readonly Seen[] {
  const answered = answers.flatMap((answer) => seenOf(answer) ?? []).filter((seen) => isOf(seen, mark))
  const reported = arrivals.filter(
    (seen) => isOf(seen, mark) && !answered.some((each) => markOf(each) === markOf(seen)),
  )
  return [...answered, ...reported]
}

const isOf = (seen: Seen, mark: string): boolean => [mark, `${mark}${HIDDEN}`].includes(markOf(seen))

/** The echo's answer; that to HEAD is in a header. */
function seenOf(answer: Answer): Seen | undefined {
  const header = headerOf(answer, ECHO_HEADER)
  return seenIn(answer.body) ?? (header === undefined ? undefined : seenIn(decodeURIComponent(header)))
}

async function ofArrival(
  seen: Seen,
  { step, mark }: Exchange,
  { attack }: Carried,
  scene: Scene,
): Promise<Finding[]> {
  const { aim } = attack
  const say = (meaning: string, came = `${seen.method} ${seen.target}`, row = attack.row): Finding => ({
    row,
    what: attack.what,
    upstream: aim.upstream.name,
    step,
    came,
    meaning,
  })
  if (seen.server === 'canary')
    return [say('the request, credentials and all, went to a server of the attacker')]
  const isHidden = markOf(seen) !== mark
  const truth: Truth = isHidden ? { address: step.truth.address } : step.truth
  const [path = ''] = seen.target.split('?')
  const full = aim.upstream.prefix + path
  const ruling = await scene.oracle({ method: seen.method, host: aim.host, path: full }, truth)
  const heard = ofHeaders(seen, ruling, step, aim).map(([came, meaning]) => say(meaning, came))
  if (!ruling.allowed) return [say(await unruly(full, ruling, truth, seen.method, attack, scene)), ...heard]
  if (step.never && !isHidden) return [say('it is ambiguous, and was decided on one reading of it'), ...heard]
  const written = ruling.path.slice(aim.upstream.prefix.length) || '/'
  return written === path ? heard : [say('the text that arrived is not the one that is matched'), ...heard]
}

/** In words, why the policy would not have let it through, and what it would have opened. */
async function unruly(
  path: string,
  { reason, route }: Extract<Ruling, { allowed: false }>,
  truth: Truth,
  method: string,
  { aim }: Attack,
  { oracle }: Scene,
): Promise<string> {
  const who = truth.client?.name ?? (truth.token === undefined ? 'nobody' : 'the holder of the token')
  const denied = `for ${who} the policy says ${reason}${route === undefined ? '' : ` at ${route}`}`
  const tidy = forgivingPath(path)
  const served = await oracle({ method, host: aim.host, path: tidy }, truth)
  if (served.allowed || tidy === path || served.route === undefined) return denied
  return `${denied}; an upstream that tidies paths serves ${tidy}, which is ${served.route}`
}

/** Header lines that should not be there, and those that should. */
function ofHeaders(
  { headers }: Seen,
  ruling: Ruling,
  { needs = [], absent = [], truth }: Step,
  { upstream }: Aim,
): readonly (readonly [came: string, meaning: string])[] {
  const valuesOf = (name: string) =>
    headers.filter(([each]) => foldedName(each) === name).map(([, value]) => value)
  const spoofed = headers.filter(([, value]) => value.includes(SPOOF))
  const names = valuesOf('x-sallyport-client')
  const own = ruling.allowed ? ruling.client : undefined
  const isTold = names.length === (own === undefined ? 0 : 1) && names[0] === own
  const hasBoth = valuesOf('content-length').length > 0 && valuesOf('transfer-encoding').length > 0
  // Cloudflare gives requests of a Worker an address of its own; the caller's is what must not go on.
  const home = truth.address && formatAddress(truth.address)
  const isTaken = [
    ...(upstream.authorization === 'remove' && valuesOf('authorization').length > 0 ? ['authorization'] : []),
    ...(home !== undefined && valuesOf('cf-connecting-ip').includes(home) ? ['cf-connecting-ip'] : []),
  ]
  return [
    ...spoofed.map(
      ([name]) => [`${name}: ${SPOOF}`, 'the upstream may take it for the gateway’s own word'] as const,
    ),
    ...(ruling.allowed && !isTold
      ? [
          [
            `X-Sallyport-Client: ${names.join(', ') || '(none)'}`,
            `the upstream should be told: ${own ?? 'nobody'}`,
          ] as const,
        ]
      : []),
    ...(hasBoth
      ? [['Content-Length and Transfer-Encoding', 'the upstream chooses where the request ends'] as const]
      : []),
    ...isTaken.map(
      (name) => [`${name}: (hidden)`, 'it is for the gateway, and the policy keeps it there'] as const,
    ),
    ...absent
      .filter((name) => valuesOf(name).length > 0)
      .map(
        (name) =>
          [
            `${name}: ${valuesOf(name).join(', ')}`,
            'it changes what the rest of the connection means',
          ] as const,
      ),
    ...needs
      .filter((name) => valuesOf(name).length === 0)
      .map((name) => [`no ${name}`, 'the caller had a header of the gateway’s removed'] as const),
  ]
}

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

/** What the steps come to as a whole. */
function together({ attack, exchanges, arrivals, elapsedMs }: Carried): Finding[] {
  const { verdict, row, what, aim } = attack
  const last = exchanges.at(-1)
  if (verdict === undefined || last === undefined) return []
  const served = exchanges.filter(
    (exchange) => arrivalsOf(exchange, { attack, exchanges, arrivals, elapsedMs }).length > 0,
  )
  const found = foundBy(verdict, exchanges, served, elapsedMs)
  return found === undefined ? [] : [{ row, what, upstream: aim.upstream.name, step: last.step, ...found }]
}

type Found = Pick<Finding, 'came' | 'meaning'>

function foundBy(
  verdict: Verdict,
  exchanges: readonly Exchange[],
  served: readonly Exchange[],
  elapsedMs: number,
): Found | undefined {
  switch (verdict.kind) {
    case 'same_answers':
      return differing(exchanges)
    case 'at_most': {
      const most = verdict.burst + Math.ceil((elapsedMs * verdict.rate) / verdict.perMs)
      if (served.length <= most) return undefined
      const came = `${served.length} of ${exchanges.length} were served`
      return {
        came,
        meaning: `the bucket holds ${verdict.burst}, and ${most} could have been earned by then`,
      }
    }
    case 'some_refused':
      if (exchanges.some(({ answers: [first] }) => first?.status === 429)) return undefined
      return {
        came: `${exchanges.length} wrong secrets and no 429`,
        meaning: 'secrets can be guessed without end',
      }
    case 'last_served': {
      const last = exchanges.at(-1)
      const [first] = exchanges
      if (last === undefined || served.includes(last)) return undefined
      if (first === undefined || (first !== last && !served.includes(first))) return undefined
      const came = `${last.answers[0]?.status ?? 'no answer'}`
      return { came, meaning: 'a good request of the client itself is refused' }
    }
  }
}

/** Statuses and texts, with what is another at every request taken out. */
function differing(exchanges: readonly Exchange[]): Found | undefined {
  const [first, second] = exchanges.map(({ answers: [answer] }) => answer)
  if (first === undefined || second === undefined || [first.status, second.status].includes(429))
    return undefined
  const texts = [first, second].map((answer) => {
    const id = headerOf(answer, 'x-request-id') ?? ''
    return `${answer.status} ${id === '' ? answer.body : answer.body.replaceAll(id, 'ID')}`
  })
  if (texts[0] === texts[1]) return undefined
  return { came: `${first.status} and ${second.status}`, meaning: 'an outsider can tell which ids exist' }
}

/** Steps that differ in nothing that matters find the same thing. */
function distinct(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Map(findings.map((finding) => [`${finding.row} ${finding.what} ${finding.came}`, finding]))
  return [...seen.values()]
}
