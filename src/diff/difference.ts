/**
 * The exact difference of two policies: every request that one of them decides otherwise, in groups.
 *
 * No solver is needed. Paths fall into the kinds that the patterns of both policies tell apart, addresses into the
 * sorts that the lists judge alike, callers into those that have the same features and credentials; methods and
 * single scopes are few. One request of each is put through the decision function of both policies.
 */

import type { IpAddress } from '../base/address.ts'
import type { Interval } from '../base/interval.ts'
import type { Millis } from '../base/time.ts'
import type { Reason } from '../decision/denial.ts'
import type { AddressLists } from '../network/config.ts'
import type { RouteDecision } from '../pipeline.ts'
import type { CompiledPolicy } from '../policy/model.ts'
import type { RouteConfig } from '../routing/config.ts'
import { tokenMaker } from '../testing/tokens.ts'
import type { RequestLine } from '../testing/trial.ts'
import { type Behaviour, behavioursOf } from './behaviours.ts'
import { type Caller, type CallerName, callersAt } from './caller.ts'
import { type Identities, type Identity, identitiesOf } from './identities.ts'
import { type Meeting, meetingsOf } from './meetings.ts'
import { type Call, callsOf, ruleText, type Side, sideOf, takes } from './side.ts'

export type Outcome = 'allowed' | Reason

/** Requests that are decided on alike: one kind of call, at each place where it is ruled the same way. */
export type Rule = {
  readonly members: readonly { readonly meeting: Meeting; readonly call: Call }[]
}

/** One caller, some addresses, and what became of each request of the rule. */
export type Change = {
  readonly rule: Rule
  readonly caller: CallerName
  readonly from: Outcome
  readonly to: Outcome
  readonly intervals: readonly Interval[]
  /** Whether requests without a readable address are among them. */
  readonly isBlind: boolean
}

type Sides = { readonly a: Side; readonly b: Side }

type Work = Sides & {
  /** What came out for one caller of a kind, and so for all of them. */
  readonly outcomes: Map<string, readonly [Outcome, Outcome]>
  readonly behaviours: Map<string, readonly Behaviour[]>
  readonly numbers: Map<AddressLists, number>
}

/**
 * @param before - and `after`: compiled policies, which need not have anything in common
 * @param now - when the requests are sent. What is only tried out then refuses nobody
 * @param onRule - told before each kind of request how many are done
 */
export async function changesBetween(
  before: CompiledPolicy,
  after: CompiledPolicy,
  now: Millis,
  onRule: (done: number, total: number) => void = () => {},
): Promise<readonly Change[]> {
  const tokens = tokenMaker(now)
  const sides = { a: sideOf(before, tokens), b: sideOf(after, tokens) }
  const work: Work = { ...sides, outcomes: new Map(), behaviours: new Map(), numbers: new Map() }
  const identities = identitiesOf(sides.a.policy, sides.b.policy)
  const changes: Change[] = []
  const rules = rulesOf(sides)
  for (const [index, rule] of rules.entries()) {
    onRule(index, rules.length)
    changes.push(...(await changesOf(rule, identities, work)))
  }
  return changes
}

type FoundRule = Rule & { readonly key: string; readonly isSame: boolean }

/** Members of one rule are ruled by the same text in both policies. */
function rulesOf({ a, b }: Sides): readonly FoundRule[] {
  const rules = new Map<string, FoundRule & { readonly members: Rule['members'][number][] }>()
  for (const meeting of meetingsOf(a, b)) {
    for (const call of callsOf([meeting.a, meeting.b])) {
      const [inA, inB] = [ruleText(a, meeting.a, call), ruleText(b, meeting.b, call)]
      const key = `${inA}\n${inB}`
      const rule = rules.get(key) ?? { key, isSame: inA === inB, members: [] }
      rule.members.push({ meeting, call })
      rules.set(key, rule)
    }
  }
  return [...rules.values()]
}

async function changesOf(rule: FoundRule, identities: Identities, work: Work): Promise<readonly Change[]> {
  const [member] = rule.members
  if (member === undefined) return []
  const taken = takenOf(member)
  const concerned = identities(taken.a?.upstream, taken.b?.upstream).filter(
    (identity) => !(rule.isSame && isSameClient(identity)),
  )
  const changes: Change[] = []
  for (const caller of callersAt(taken, member.call, concerned, work)) {
    // Where the rule is the same, only clients that are not can make a difference.
    if (rule.isSame && caller.identity.a === undefined && caller.identity.b === undefined) continue
    changes.push(...(await changesFor(rule, caller, member, work)))
  }
  return changes
}

/** The routes that take the call. To one that does not, the caller is nobody, and its upstream has no clients. */
const takenOf = ({ meeting, call }: Rule['members'][number]): Meeting => ({
  ...meeting,
  a: takes(meeting.a, call) ? meeting.a : undefined,
  b: takes(meeting.b, call) ? meeting.b : undefined,
})

const isSameClient = ({ a, b }: Identity): boolean => {
  if (a === undefined || b === undefined) return false
  return (
    JSON.stringify({ ...a, upstreams: [], name: '' }) === JSON.stringify({ ...b, upstreams: [], name: '' })
  )
}

async function changesFor(
  rule: FoundRule,
  caller: Caller,
  member: Rule['members'][number],
  work: Work,
): Promise<readonly Change[]> {
  const request = requestOf(member.meeting, member.call)
  const changes: Change[] = []
  for (const behaviour of behavioursFor(caller, takenOf(member), work)) {
    const key = `${rule.key}\n${caller.kind}\n${behaviour.key}`
    const known = work.outcomes.get(key)
    const [from, to] = known ?? (await bothDecide(caller, request, behaviour.address, work))
    if (known === undefined) work.outcomes.set(key, [from, to])
    const { intervals, isBlind } = behaviour
    if (from !== to) changes.push({ rule, caller: caller.name, from, to, intervals, isBlind })
  }
  return changes
}

export const requestOf = ({ host, path }: Meeting, { method, upgrade }: Call): RequestLine => ({
  method,
  host,
  path,
  query: '',
  upgrade,
})

async function bothDecide(
  caller: Caller,
  request: RequestLine,
  address: IpAddress | undefined,
  { a, b }: Sides,
): Promise<readonly [Outcome, Outcome]> {
  const sent = await caller.send()
  const inA = outcomeOf(await a.trial.decide(request, sent, address))
  const inB = outcomeOf(await b.trial.decide(request, sent, address))
  return [inA, inB]
}

const outcomeOf = (decision: RouteDecision): Outcome =>
  decision.allowed ? 'allowed' : decision.denial.reason

/** The lists in the order of the decision, of the one policy and of the other. */
function behavioursFor({ identity }: Caller, { a: inA, b: inB }: Meeting, work: Work): readonly Behaviour[] {
  const lists = [...listsOf(work.a, inA, identity.a?.lists), ...listsOf(work.b, inB, identity.b?.lists)]
  const key = lists.map((each) => numberOf(each, work.numbers)).join(' ')
  const found = work.behaviours.get(key) ?? behavioursOf(lists)
  work.behaviours.set(key, found)
  return found
}

function listsOf(
  { policy }: Side,
  route: RouteConfig | undefined,
  ofClient: AddressLists | undefined,
): readonly (AddressLists | undefined)[] {
  if (route === undefined) return [undefined, undefined, undefined]
  const lists = route.respectsAllowList ? ofClient : undefined
  return [policy.upstreams[route.upstream]?.lists, route.lists, lists]
}

/** Lists may be long, and are looked at for each rule. */
function numberOf(lists: AddressLists | undefined, numbers: Map<AddressLists, number>): number {
  if (lists === undefined) return -1
  const known = numbers.get(lists) ?? numbers.size
  numbers.set(lists, known)
  return known
}
