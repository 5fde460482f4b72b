/**
 * A decision as the list of its steps. It tells what the decision function found and decides nothing itself, so
 * tests, `explain` and the log cannot disagree with the gateway.
 */
import type { Principal } from '../authentication/principal.ts'
import type { Entitlement } from '../authorization/stage.ts'
import type { IpAddress } from '../base/address.ts'
import type { Millis } from '../base/time.ts'
import type { Denial } from '../decision/denial.ts'
import { type ReportedStep, reportedIn, reportedUntil } from '../decision/report-only.ts'
import { type StepName, steps } from '../decision/stage.ts'
import type { AddressLists } from '../network/config.ts'
import { judge } from '../network/stage.ts'
import type { Known, RouteDecision } from '../pipeline.ts'
import type { CompiledPolicy } from '../policy/model.ts'
import type { RateGroupConfig } from '../ratelimit/config.ts'
import type { Callers, RouteConfig } from '../routing/config.ts'

/** Lists that an address was held against, and whose they are: by the policy's names. */
export type Asked = {
  readonly of: { readonly kind: 'upstream' | 'route' | 'client'; readonly name: string }
  readonly lists: AddressLists
  /** While they are only tried out: from when on they refuse. */
  readonly until?: Millis | undefined
}

/** A step that let the request go on. `skip`: there was nothing to ask. `may`: one request cannot know. */
export type PassedStep =
  | { readonly step: 'path'; readonly verdict: 'pass'; readonly path: string }
  | {
      readonly step: 'route'
      readonly verdict: 'pass'
      readonly route: RouteConfig
      /** The pattern that matched, without the upstream's prefix. */
      readonly pattern: string
    }
  | {
      readonly step: 'method'
      readonly verdict: 'pass'
      readonly route: RouteConfig
      readonly method: string
    }
  | {
      readonly step: 'network'
      readonly verdict: 'pass' | 'skip'
      readonly address: IpAddress | undefined
      /** The upstream's lists first, then the route's; empty with `skip`. */
      readonly asked: readonly Asked[]
    }
  | {
      readonly step: 'credentials'
      readonly verdict: 'pass' | 'skip'
      readonly route: RouteConfig
      readonly principal: Principal
    }
  | {
      readonly step: 'address'
      readonly verdict: 'pass' | 'skip'
      readonly route: RouteConfig
      readonly address: IpAddress | undefined
      /** Undefined with `skip`. */
      readonly asked: Asked | undefined
    }
  | {
      readonly step: 'features'
      readonly verdict: 'pass' | 'skip'
      readonly route: RouteConfig
      readonly method: string
      readonly callers: Callers
      readonly entitlement: Entitlement
    }
  | {
      readonly step: 'rate'
      readonly verdict: 'may'
      readonly route: RouteConfig
      readonly group: RateGroupConfig | undefined
    }

/** A refusal by a step. */
type Refusal = {
  readonly step: StepName
  readonly denial: Denial
  /** As the request was sent. */
  readonly method: string
  readonly path: string
  /** Undefined where none was found. */
  readonly route: RouteConfig | undefined
  /** With a denial for the address: the lists that gave it. */
  readonly asked: Asked | undefined
}

/** The step that ended the row. */
export type FailedStep = Refusal & { readonly verdict: 'fail' }

/** A step that would have ended it, and does not while its rule is only tried out. */
export type WarnedStep = Refusal & { readonly verdict: 'warn'; readonly until: Millis }

export type TraceStep = PassedStep | WarnedStep | FailedStep

/**
 * @param policy - the one that the decision was made by
 * @returns the steps in the order of the decision, up to the one that denied
 */
export function traceOf(decision: RouteDecision, policy: CompiledPolicy): readonly TraceStep[] {
  const { known } = decision
  const passed = [...rule(known, policy), ...network(known, policy), ...caller(known), ...rate(known, policy)]
  const warned = reportedIn(known).map((step) => warnedOf(step, known, policy))
  const told = [...passed, ...warned].toSorted((a, b) => steps.indexOf(a.step) - steps.indexOf(b.step))
  return decision.allowed ? told : [...told, { ...refusalOf(decision, known, policy), verdict: 'fail' }]
}

type Learned = Partial<Known>

/** What was learned stands for the step that taught it; a denial teaches nothing. */
function rule({ facts, path, route, pattern, callers }: Learned, policy: CompiledPolicy): PassedStep[] {
  const found: PassedStep[] = []
  if (path !== undefined) found.push({ step: 'path', verdict: 'pass', path })
  if (route !== undefined && pattern !== undefined) {
    const { length } = policy.upstreams[route.upstream]?.prefix ?? ''
    found.push({ step: 'route', verdict: 'pass', route, pattern: pattern.slice(length) })
  }
  if (route !== undefined && facts !== undefined && callers !== undefined) {
    found.push({ step: 'method', verdict: 'pass', route, method: facts.method })
  }
  return found
}

function network({ facts, route, networkCheck }: Learned, policy: CompiledPolicy): PassedStep[] {
  if (route === undefined || networkCheck === undefined || networkCheck.kind === 'reported') return []
  const asked = networkLists(route, policy, facts?.now)
  const verdict = networkCheck.kind === 'skipped' ? 'skip' : 'pass'
  return [{ step: 'network', verdict, address: facts?.address, asked }]
}

/** @param now - of the request */
function networkLists(route: RouteConfig, policy: CompiledPolicy, now: Millis | undefined): readonly Asked[] {
  const upstream = policy.upstreams[route.upstream]
  const ofUpstream = upstream?.lists && askedOf('upstream', upstream.name, upstream.lists)
  const ofRoute = route.lists && askedOf('route', route.id, route.lists, reportedUntil(now ?? 0, route))
  return [ofUpstream, ofRoute].filter((asked) => asked !== undefined)
}

const askedOf = (
  kind: Asked['of']['kind'],
  name: string,
  lists: AddressLists,
  until?: Millis | undefined,
): Asked => ({ of: { kind, name }, lists, ...(until !== undefined && { until }) })

function caller({ facts, route, callers, principal, addressCheck, entitlement }: Learned): PassedStep[] {
  const found: PassedStep[] = []
  if (facts === undefined || route === undefined) return found
  if (principal !== undefined) {
    const verdict = principal.by === 'none' ? 'skip' : 'pass'
    found.push({ step: 'credentials', verdict, route, principal })
  }
  if (addressCheck !== undefined && addressCheck.kind !== 'reported') {
    const asked = addressCheck.kind === 'skipped' ? undefined : clientLists(principal, route, facts.now)
    const verdict = asked === undefined ? 'skip' : 'pass'
    found.push({ step: 'address', verdict, route, address: facts.address, asked })
  }
  if (callers !== undefined && entitlement !== undefined && entitlement.reported === undefined) {
    const verdict = callers.kind === 'anyone' ? 'skip' : 'pass'
    found.push({ step: 'features', verdict, route, method: facts.method, callers, entitlement })
  }
  return found
}

function clientLists(
  principal: Principal | undefined,
  route: RouteConfig | undefined,
  now: Millis | undefined,
): Asked | undefined {
  const client = principal?.client
  if (client === undefined) return undefined
  return askedOf('client', client.name, client.lists, reportedUntil(now ?? 0, client, route ?? {}))
}

function rate({ route, rate: rated }: Learned, policy: CompiledPolicy): PassedStep[] {
  if (route === undefined || rated === undefined || rated.reported !== undefined) return []
  const group = policy.rateGroups.find(({ name }) => name === route.rateGroup)
  return [{ step: 'rate', verdict: 'may', route, group }]
}

const warnedOf = (reported: ReportedStep, known: Learned, policy: CompiledPolicy): WarnedStep => ({
  ...refusalOf(reported, known, policy),
  verdict: 'warn',
  until: reported.until,
})

function refusalOf(
  { denial, step }: { readonly denial: Denial; readonly step: StepName },
  { facts, route, principal }: Learned,
  policy: CompiledPolicy,
): Refusal {
  const now = facts?.now
  const asked =
    step === 'network' && route
      ? networkLists(route, policy, now).find(({ lists }) => judge(lists, facts?.address) === denial.reason)
      : step === 'address'
        ? clientLists(principal, route, now)
        : undefined
  return { step, denial, method: facts?.method ?? '', path: facts?.rawPath ?? '', route, asked }
}
