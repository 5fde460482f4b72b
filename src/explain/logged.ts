/** The question behind a line of the decision log, and what of it the line does not say. */
import { formatInterval, type Interval } from '../base/interval.ts'
import { firstAddress, piecesOf, setsOf } from '../network/pieces.ts'
import type { CompiledPolicy } from '../policy/model.ts'
import type { LoggedDecision } from '../replay/log.ts'
import type { Question } from './question.ts'

export type LoggedQuestion = {
  readonly question: Question
  /** What cannot be known, in sentences. */
  readonly unknown: readonly string[]
}

/** @param policy - the one that is asked now; it need not be the one that decided then */
export function questionBehind(line: LoggedDecision, policy: CompiledPolicy): LoggedQuestion {
  const { method, path, route, client, address } = line
  const isKnown = policy.clients.some(({ name }) => name === client)
  const uncut = address !== undefined && !isCut(address, route, client, policy)
  const filled = route === undefined ? path : pathOf(path)
  const question: Question = {
    request: { text: `${method} ${path}`, method, host: hostOf(route, policy), path: filled, query: '' },
    client: isKnown ? client : undefined,
    from: uncut ? firstAddress(address) : undefined,
    token: undefined,
    scopes: undefined,
  }
  return { question, unknown: [...gapsOf(line, policy, isKnown)] }
}

function* gapsOf(
  { policy: digest, path, route, client, address, step, reason }: LoggedDecision,
  policy: CompiledPolicy,
  isKnown: boolean,
): Generator<string> {
  if (digest !== policy.digest) yield `another policy decided then: ${digest}`
  if (route !== undefined && path !== pathOf(path)) {
    yield `the log has the pattern and not the path; tried with ${pathOf(path)}`
  }
  if (client !== undefined && !isKnown) yield `client ${client} is not in this policy`
  if (address === undefined) yield 'the line has no address'
  else if (address.from !== address.to)
    yield `of the address the log has ${formatInterval(address)} only${isCut(address, route, client, policy) ? ', and a list cuts it' : ', and no list cuts it'}`
  if (step === 'credentials') yield `the credentials that were refused (${reason}) are not in the log`
  else if (client !== undefined)
    yield 'credentials are not logged; right ones are taken, and a token without scopes'
  if (step === 'rate') yield 'how much of the limit was used up then is not in the log'
}

/** Whether some list that may be asked begins or ends inside. Else every address of the interval is judged alike. */
function isCut(
  { family, from, to }: Interval,
  routeId: string | undefined,
  clientName: string | undefined,
  { routes, upstreams, clients }: CompiledPolicy,
): boolean {
  const route = routes.find(({ id }) => id === routeId)
  const client = clients.find(({ name }) => name === clientName)
  const lists = [upstreams[route?.upstream ?? -1]?.lists, route?.lists, client?.lists]
  const pieces = piecesOf(lists.flatMap((each) => (each === undefined ? [] : setsOf(each))))
  return !pieces.some((piece) => piece.family === family && piece.from <= from && to <= piece.to)
}

/** A path of the pattern. */
const pathOf = (pattern: string): string => pattern.replaceAll(/\{[^}/]*\}|\*\*/g, 'x')

/** A host of the upstream, where it answers on some only. */
function hostOf(route: string | undefined, { upstreams }: CompiledPolicy): string | undefined {
  const name = route?.slice(0, route.indexOf('/'))
  return upstreams.find((upstream) => upstream.name === name)?.hosts[0]
}
