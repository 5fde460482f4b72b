/** Changes put together: callers that change alike, requests that change alike, addresses as ranges. */
import type { IpAddress } from '../base/address.ts'
import { parseAddress } from '../base/address.ts'
import type { Interval } from '../base/interval.ts'
import type { Ranges } from '../network/config.ts'
import { firstAddress, intervalsOf, rangesText } from '../network/pieces.ts'
import { contains, toRanges } from '../network/ranges.ts'
import type { RequestLine } from '../testing/trial.ts'
import type { CallerName } from './caller.ts'
import { type Change, type Outcome, type Rule, requestOf } from './difference.ts'

export type Group = {
  /** At least one. */
  readonly callers: readonly CallerName[]
  readonly from: Outcome
  readonly to: Outcome
  readonly ranges: Ranges
  /** Whether requests without a readable address are among them. */
  readonly isBlind: boolean
  /** For the witnesses: one of the ranges. */
  readonly address: IpAddress | undefined
  readonly requests: readonly GroupRequest[]
}

/** Calls of one route, or of two routes where a path has changed hands. */
export type GroupRequest = {
  /** Route ids before and after; undefined where the path met none. */
  readonly before: string | undefined
  readonly after: string | undefined
  /** `GET`, or `GET (websocket)` for the upgrade. */
  readonly methods: readonly string[]
  readonly witness: RequestLine
}

export function groupsOf(changes: readonly Change[]): readonly Group[] {
  const rules = new Map<Rule, number>()
  const ofCallers = joinedRanges(changes, rules)
  const requests = new Map<string, readonly GroupRequest[]>()
  const groups = new Map<string, Group & { readonly callers: CallerName[] }>()
  for (const { caller, from, to, ranges, isBlind, rules: all } of ofCallers) {
    const ruleKey = all.map((rule) => rules.get(rule)).join(' ')
    const expanded = requests.get(ruleKey) ?? requestsOf(all)
    requests.set(ruleKey, expanded)
    const key = JSON.stringify([from, to, ranges, isBlind, ruleKey])
    const known = groups.get(key)
    if (known) known.callers.push(caller)
    else {
      const address = witnessOf(ranges)
      groups.set(key, { callers: [caller], from, to, ranges, isBlind, address, requests: expanded })
    }
  }
  return [...groups.values()]
}

type OfCaller = Pick<Change, 'caller' | 'from' | 'to' | 'isBlind'> & {
  readonly ranges: Ranges
  readonly rules: readonly Rule[]
}

/** First the addresses of one caller and rule, then the rules of one caller with the same addresses. */
function joinedRanges(changes: readonly Change[], numbers: Map<Rule, number>): readonly OfCaller[] {
  const byRule = new Map<string, Change & { readonly all: Interval[]; isBlind: boolean }>()
  for (const change of changes) {
    const { rule, caller, from, to, intervals } = change
    if (!numbers.has(rule)) numbers.set(rule, numbers.size)
    const key = JSON.stringify([numbers.get(rule), caller, from, to])
    const known = byRule.get(key)
    if (known) {
      for (const interval of intervals) known.all.push(interval)
      known.isBlind ||= change.isBlind
    } else byRule.set(key, { ...change, all: [...intervals] })
  }
  const byRanges = new Map<string, OfCaller & { readonly rules: Rule[] }>()
  for (const { rule, caller, from, to, all, isBlind } of byRule.values()) {
    const ranges = toRanges(all)
    const key = JSON.stringify([caller, from, to, ranges, isBlind])
    const known = byRanges.get(key)
    if (known) known.rules.push(rule)
    else byRanges.set(key, { caller, from, to, ranges, isBlind, rules: [rule] })
  }
  return [...byRanges.values()]
}

function requestsOf(rules: readonly Rule[]): readonly GroupRequest[] {
  const found = new Map<string, GroupRequest & { readonly methods: string[] }>()
  for (const { meeting, call } of rules.flatMap(({ members }) => members)) {
    const method = call.upgrade === undefined ? call.method : `${call.method} (${call.upgrade})`
    const [before, after] = [meeting.a?.id, meeting.b?.id]
    const key = `${before} ${after}`
    const known = found.get(key)
    if (known === undefined) {
      found.set(key, { before, after, methods: [method], witness: requestOf(meeting, call) })
    } else if (!known.methods.includes(method)) known.methods.push(method)
  }
  return [...found.values()]
}

const preferred: readonly IpAddress[] = ['203.0.113.1', '2001:db8::1'].flatMap((text) => {
  const address = parseAddress(text)
  return address.ok ? [address.value] : []
})

/** Where nearly every address would do, one that is plainly made up (RFC 5737). */
function witnessOf(ranges: Ranges): IpAddress | undefined {
  const isBroad = rangesText(ranges).startsWith('anywhere')
  const madeUp = isBroad ? preferred.find((address) => contains(ranges, address)) : undefined
  const [first] = intervalsOf(ranges)
  return madeUp ?? (first && firstAddress(first))
}
