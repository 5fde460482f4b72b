/** The question behind a line of the decision log: what the line does not say is made up, or left open. */
import { type IpAddress, isCallers } from '../base/address.ts'
import type { Interval } from '../base/interval.ts'
import { steps } from '../decision/stage.ts'
import type { AddressLists } from '../network/config.ts'
import { firstAddress, firstCommon, piecesOf, setsOf } from '../network/pieces.ts'
import { judge } from '../network/stage.ts'
import type { CompiledPolicy } from '../policy/model.ts'
import type { LoggedDecision } from '../replay/log.ts'
import type { RouteConfig } from '../routing/config.ts'
import type { Question } from './question.ts'
import { type AskedLists, asksOf } from './who-may.ts'

/** A line beside what the policy of today knows of it. */
export type ReadLine = {
  readonly line: LoggedDecision
  readonly policy: CompiledPolicy
  /** Whether this policy made the decision. Then what is made up is made to fit it. */
  readonly isOwn: boolean
  readonly route: RouteConfig | undefined
  readonly isKnownClient: boolean
  /** Of the logged pattern; as logged where no route was found. */
  readonly path: string
}

export const readLine = (line: LoggedDecision, policy: CompiledPolicy): ReadLine => ({
  line,
  policy,
  isOwn: line.policy === policy.digest,
  route: policy.routes.find(({ id }) => id === line.route),
  isKnownClient: policy.clients.some(({ name }) => name === line.client),
  path: line.route === undefined ? line.path : pathOf(line.path, policy),
})

/** A path of the pattern, and of no pattern that names more of it. */
function pathOf(pattern: string, { routes }: CompiledPolicy): string {
  const isNamed = (word: string): boolean =>
    routes.some(({ paths }) => paths.some((path) => `${path}/`.includes(`/${word}/`)))
  let fresh = 'x'
  while (isNamed(fresh)) fresh += 'x'
  return pattern.replaceAll(/\{[^}/]*\}|\*\*/g, fresh)
}

export function questionBehind(read: ReadLine): Question {
  const { line, policy, path, isKnownClient } = read
  const { method, route, client, reason } = line
  const request = { text: `${method} ${line.path}`, method, host: hostOf(route, policy), path, query: '' }
  return {
    // Which one was asked for is not logged, and no route that refused it would have taken another one.
    request: reason === 'upgrade_refused' ? { ...request, upgrade: 'any' } : request,
    client: isKnownClient ? client : undefined,
    from: addressOf(read),
    ...tokenOf(read),
  }
}

/** A host of the upstream, where it answers on some only. */
function hostOf(route: string | undefined, { upstreams }: CompiledPolicy): string | undefined {
  const name = route?.slice(0, route.indexOf('/'))
  return upstreams.find((upstream) => upstream.name === name)?.hosts[0]
}

function addressOf(read: ReadLine): Question['from'] {
  const { address } = read.line
  if (address !== undefined && !isCut(address, read)) return firstAddress(address)
  if (hadNoAddress(read)) return 'unreadable'
  return read.isOwn ? fittingAddress(read) : undefined
}

/** A policy that logs addresses logs every one that there is. */
export const hadNoAddress = ({ line, policy, isOwn }: ReadLine): boolean =>
  isOwn && line.address === undefined && policy.decisionLog.clientAddress !== 'none'

/** Whether some list that may be asked begins or ends inside. Else every address of the interval is judged alike. */
export const isCut = (address: Interval, read: ReadLine): boolean =>
  address.from !== address.to && piecesOfLists(read).filter((piece) => firstCommon(piece, address)).length > 1

function piecesOfLists(read: ReadLine): readonly Interval[] {
  return piecesOf(listsOf(read).flatMap(setsOf))
}

const listsOf = (read: ReadLine): readonly AddressLists[] => asked(read).map(({ lists }) => lists)

function asked({ line, route, policy }: ReadLine): readonly AskedLists[] {
  const client = policy.clients.find(({ name }) => name === line.client)
  return route === undefined ? [] : asksOf(client, route, policy, Date.parse(line.ts))
}

/** One that the lists judge as the line says; undefined when there is none. */
function fittingAddress(read: ReadLine): IpAddress | undefined {
  const { address } = read.line
  const candidates = piecesOfLists(read).flatMap((piece) =>
    address === undefined ? [firstAddress(piece)] : (firstCommon(piece, address) ?? []),
  )
  return candidates.find((each) => isCallers(each) && isJudgedAsLogged(each, read))
}

/** In the order of the lists: what is only tried out has reported the refusal, and anything else ended the request with it. */
function isJudgedAsLogged(address: IpAddress, read: ReadLine): boolean {
  const { reason, step: at, wouldDeny } = read.line
  const wanted = at === 'network' || at === 'address' ? reason : undefined
  for (const { step, lists, until } of asked(read)) {
    const verdict = judge(lists, address)
    const reported = wouldDeny.find((each) => each.step === step)?.reason
    if (until === undefined && verdict !== 'admitted') return verdict === wanted
    if (until !== undefined && (verdict === 'admitted' ? undefined : verdict) !== reported) return false
  }
  return wanted === undefined
}

/** Who got past the credentials of a route for tokens brought one. Its scopes were enough, or they were not. */
export function tokenOf(read: ReadLine): Pick<Question, 'token' | 'scopes'> {
  const { line, route, isOwn } = read
  if (!hadToken(read)) return { token: undefined, scopes: undefined }
  // With a client, the token of a test is the route's own anyway.
  const token = line.client === undefined ? route?.token : undefined
  if (!isOwn || route?.token === 'upstream' || line.step === 'address') return { token, scopes: undefined }
  return { token, scopes: line.step === 'features' ? [] : askedScopes(read) }
}

export const hadToken = ({ line, route }: ReadLine): boolean =>
  route?.auth === 'token' &&
  (line.decision === 'allowed' || pastCredentials.some((step) => step === line.step))

const pastCredentials = steps.slice(steps.indexOf('credentials') + 1)

function askedScopes({ line: { method }, route }: ReadLine): readonly string[] | undefined {
  const callers = route?.callers[method] ?? (method === 'HEAD' ? route?.callers['GET'] : undefined)
  return callers?.kind === 'any_of' && callers.scopes.length > 0 ? callers.scopes : undefined
}
