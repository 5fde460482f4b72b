/** The steps of a trace in words, each with the place in the policy that made it so. */
import { ceilSeconds, dateText, durationText, type Millis } from '../base/time.ts'
import type { StepName } from '../decision/stage.ts'
import type { Sources } from '../policy/sources.ts'
import type { RateGroupConfig } from '../ratelimit/config.ts'
import type { RouteConfig } from '../routing/config.ts'
import { admittedWords, refusedWords, type Words } from './list-words.ts'
import type { FailedStep, PassedStep, TraceStep, WarnedStep } from './trace.ts'

export type ToldStep = Words & {
  readonly step: StepName
  /** `warn`: would be refused, and is let through while the rule is only tried out. */
  readonly verdict: 'pass' | 'fail' | 'warn' | 'skip' | 'may'
}

/**
 * @param sources - of the same policy. What is not in it, such as a client that only a test knows, has no place.
 */
export function narrate(step: TraceStep, sources: Sources): ToldStep {
  return { step: step.step, verdict: step.verdict, ...wordsOf(step, sources) }
}

function wordsOf(step: TraceStep, sources: Sources): Words {
  if (step.verdict === 'fail') return refusalWords(step, sources)
  if (step.verdict !== 'warn') return passedWords(step, sources)
  const { words, place } = refusalWords(step, sources)
  return { words: `would be refused: ${words}; ${untilWords(step.until)}`, place }
}

/** How long a rule is only tried out. */
export const untilWords = (until: Millis): string => `report only until ${dateText(until)}`

/** Steps that every request takes and that tell nothing when they go well. */
export const isWorthTelling = ({ step, verdict }: TraceStep): boolean =>
  verdict === 'fail' || (step !== 'path' && !(step === 'network' && verdict === 'skip'))

function passedWords(step: PassedStep, sources: Sources): Words {
  switch (step.step) {
    case 'path':
      return unplaced(step.path)
    case 'route': {
      const place = sources.routes.get(step.route.id)?.place
      return { words: `${step.route.id}  ${step.pattern}`, place }
    }
    case 'method':
      return { words: step.method, place: methodSource(step.route, step.method, sources)?.place }
    case 'network':
      return networkWords(step, sources)
    case 'credentials':
      return credentialsWords(step, sources)
    case 'address':
      return step.asked === undefined
        ? skippedListWords(step.route, sources)
        : admittedWords(step.asked, step.address, sources)
    case 'features':
      return featureWords(step, sources)
    case 'rate':
      return {
        words: step.group === undefined ? `group ${step.route.rateGroup}` : groupWords(step.group),
        place: sources.routes.get(step.route.id)?.rateGroup,
      }
  }
}

const unplaced = (words: string): Words => ({ words, place: undefined })

const methodSource = (route: RouteConfig, method: string, sources: Sources) => {
  const methods = sources.routes.get(route.id)?.methods
  return methods?.get(method) ?? (method === 'HEAD' ? methods?.get('GET') : undefined)
}

type Passed<Name extends StepName> = Extract<PassedStep, { readonly step: Name }>

function networkWords({ asked, address }: Passed<'network'>, sources: Sources): Words {
  const told = asked.map((lists) => admittedWords(lists, address, sources))
  const words = told.map((each) => each.words).join('; ')
  return { words: words || 'no lists of the upstream or the route', place: told.at(-1)?.place }
}

function credentialsWords({ route, principal }: Passed<'credentials'>, sources: Sources): Words {
  const asked = sources.routes.get(route.id)?.auth
  const { client, by } = principal
  if (by === 'none') return { words: 'this route asks for none', place: asked }
  const issuer = route.token === 'upstream' ? ', which the upstream checks' : ` of ${route.token ?? ''}`
  const kind = by === 'token' ? `token${issuer}` : by
  if (client === undefined) return { words: kind, place: asked }
  return { words: `${kind}, client ${client.name}`, place: sources.clients.get(client.name)?.place }
}

function skippedListWords(route: RouteConfig, sources: Sources): Words {
  const words = route.respectsAllowList
    ? 'no API client, so no allow list'
    : 'this route ignores the allow list'
  return { words, place: sources.routes.get(route.id)?.respectsAllowList }
}

function featureWords({ route, method, callers, entitlement }: Passed<'features'>, sources: Sources): Words {
  const place = methodSource(route, method, sources)?.callers
  switch (callers.kind) {
    case 'anyone':
      return { words: 'open to anyone', place }
    case 'authenticated':
      return { words: 'open to every authenticated caller', place }
    case 'any_of': {
      const by = entitlement.by ?? ''
      return { words: callers.features.includes(by) ? `has ${by}` : `has scope ${by}`, place }
    }
  }
}

function groupWords(group: RateGroupConfig): string {
  const { name, period, rate, burst, average, per, beforeAuth, reportOnlyUntil: until } = group
  const mean = average === undefined ? '' : `, mean ${average.rate} over ${durationText(average.over)}`
  const early = beforeAuth ? ', before the credentials' : ''
  const trial = until === undefined ? '' : `; ${untilWords(until)}`
  return `group ${name}: ${rate} per ${durationText(period)}, burst ${burst}${mean}, per ${per.join(' and ')}${early}${trial}`
}

function refusalWords(step: FailedStep | WarnedStep, sources: Sources): Words {
  const { denial, route, method, path } = step
  const source = route && sources.routes.get(route.id)
  const callers = route && methodSource(route, method, sources)?.callers
  switch (denial.reason) {
    case 'bad_path':
      return unplaced(`${path} is not accepted: ${denial.why}`)
    case 'bad_request':
      return unplaced(denial.why)
    case 'body_too_large':
      return unplaced('the form body is too large')
    case 'unknown_route':
      return unplaced(`no route matches ${path}`)
    case 'method_not_allowed':
      return { words: `${method} is not one of ${denial.allowed.join(', ')}`, place: source?.place }
    case 'upgrade_refused':
      return { words: 'this route allows no such upgrade', place: source?.place }
    case 'credentials_missing':
      return { words: `none sent, and this route asks for ${askedFor(route)}`, place: source?.auth }
    case 'credentials_invalid':
      return { words: denial.why, place: source?.auth }
    case 'issuer_unavailable':
      return { words: denial.why, place: source?.auth }
    case 'credentials_ambiguous':
      return { words: 'two different ones sent', place: source?.auth }
    case 'client_disabled':
      return { words: `${denial.client} is disabled`, place: source?.auth }
    case 'address_denied':
    case 'address_not_allowed':
      return step.asked === undefined
        ? unplaced('the address is not admitted')
        : refusedWords(step.asked, denial.reason, denial.address, sources)
    case 'feature_missing':
    case 'scope_missing':
      return {
        words: `has ${bracketed(denial.has)}, needs one of ${bracketed(denial.needs)}`,
        place: callers,
      }
    case 'scope_excess':
      return {
        words: `asks for ${bracketed(denial.asked)}, and the client may have ${bracketed(denial.granted)}`,
        place: source?.auth,
      }
    case 'rate_limited':
      return {
        words: `group ${denial.group} is used up${retryWords(denial.retryMs)}`,
        place: source?.rateGroup,
      }
    case 'limiter_unavailable':
      return { words: `group ${denial.group} cannot be counted: ${denial.why}`, place: source?.rateGroup }
  }
}

/** The kind of authentication, as a person would ask for it. */
function askedFor(route: RouteConfig | undefined): string {
  switch (route?.auth) {
    case 'basic':
      return 'basic'
    case 'client_id':
      return 'a client_id'
    case 'client':
      return 'a client’s own credentials'
    case 'token':
      return 'a token'
    default:
      return 'credentials'
  }
}

const bracketed = (words: readonly string[]): string => `[${words.join(', ')}]`

const retryWords = (retryMs: Millis | undefined): string =>
  retryMs === undefined ? '' : `, again in ${ceilSeconds(retryMs)} s`
