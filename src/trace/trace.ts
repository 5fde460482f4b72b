/**
 * A decision as the list of its steps. It tells what the decision function found and decides nothing itself, so
 * tests, `explain` and the log cannot disagree with the gateway.
 */
import type { Principal } from '../authentication/principal.ts'
import type { Entitlement } from '../authorization/stage.ts'
import type { IpAddress } from '../base/address.ts'
import type { Denial } from '../decision/denial.ts'
import type { StepName } from '../decision/stage.ts'
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

/** The step that ended the row. */
export type FailedStep = {
  readonly step: StepName
  readonly verdict: 'fail'
  readonly denial: Denial
  /** As the request was sent. */
  readonly method: string
  readonly path: string
  /** Undefined where none was found. */
  readonly route: RouteConfig | undefined
  /** With a denial for the address: the lists that gave it. */
  readonly asked: Asked | undefined
}

export type TraceStep = PassedStep | FailedStep

/**
 * @param policy - the one that the decision was made by
 * @returns the steps in the order of the decision, up to the one that denied
 */
export function traceOf(decision: RouteDecision, policy: CompiledPolicy): readonly TraceStep[] {
  const { known } = decision
  const passed = [...rule(known, policy), ...network(known, policy), ...caller(known), ...rate(known, policy)]
  return decision.allowed ? passed : [...passed, failed(decision, policy)]
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
  if (route === undefined || networkCheck === undefined) return []
  const asked = networkLists(route, policy)
  const verdict = networkCheck.kind === 'skipped' ? 'skip' : 'pass'
  return [{ step: 'network', verdict, address: facts?.address, asked }]
}

function networkLists(route: RouteConfig, policy: CompiledPolicy): readonly Asked[] {
  const upstream = policy.upstreams[route.upstream]
  const ofUpstream = upstream?.lists && askedOf('upstream', upstream.name, upstream.lists)
  const ofRoute = route.lists && askedOf('route', route.id, route.lists)
  return [ofUpstream, ofRoute].filter((asked) => asked !== undefined)
}

const askedOf = (kind: Asked['of']['kind'], name: string, lists: AddressLists): Asked => ({
  of: { kind, name },
  lists,
})

function caller({ facts, route, callers, principal, addressCheck, entitlement }: Learned): PassedStep[] {
  const found: PassedStep[] = []
  if (facts === undefined || route === undefined) return found
  if (principal !== undefined) {
    const verdict = principal.by === 'none' ? 'skip' : 'pass'
    found.push({ step: 'credentials', verdict, route, principal })
  }
  if (addressCheck !== undefined) {
    const asked = addressCheck.kind === 'skipped' ? undefined : clientLists(principal)
    const verdict = asked === undefined ? 'skip' : 'pass'
    found.push({ step: 'address', verdict, route, address: facts.address, asked })
  }
  if (callers !== undefined && entitlement !== undefined) {
    const verdict = callers.kind === 'anyone' ? 'skip' : 'pass'
    found.push({ step: 'features', verdict, route, method: facts.method, callers, entitlement })
  }
  return found
}

const clientLists = (principal: Principal | undefined): Asked | undefined =>
  principal?.client && askedOf('client', principal.client.name, principal.client.lists)

function rate({ route, rate: rated }: Learned, policy: CompiledPolicy): PassedStep[] {
  if (route === undefined || rated === undefined) return []
  const group = policy.rateGroups.find(({ name }) => name === route.rateGroup)
  return [{ step: 'rate', verdict: 'may', route, group }]
}

function failed(
  { denial, step, known }: Extract<RouteDecision, { allowed: false }>,
  policy: CompiledPolicy,
): FailedStep {
  const { facts, route, principal } = known
  const asked =
    step === 'network' && route
      ? networkLists(route, policy).find(({ lists }) => judge(lists, facts?.address) === denial.reason)
      : step === 'address'
        ? clientLists(principal)
        : undefined
  return {
    step,
    verdict: 'fail',
    denial,
    method: facts?.method ?? '',
    path: facts?.rawPath ?? '',
    route,
    asked,
  }
}
