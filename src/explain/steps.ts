/** The steps of an explanation, among them those that say *may*: what they ask for is not known. */
import type { Millis } from '../base/time.ts'
import { reportedUntil } from '../decision/report-only.ts'
import type { AddressLists } from '../network/config.ts'
import { judge } from '../network/stage.ts'
import type { RouteDecision } from '../pipeline.ts'
import type { CompiledPolicy } from '../policy/model.ts'
import type { Sources } from '../policy/sources.ts'
import type { Callers, RouteConfig } from '../routing/config.ts'
import { neededWords, type Words } from '../trace/list-words.ts'
import { isWorthTelling, narrate, type ToldStep, untilWords } from '../trace/narrate.ts'
import { type Asked, type TraceStep, traceOf } from '../trace/trace.ts'

export type Explained = { readonly policy: CompiledPolicy; readonly sources: Sources }

/**
 * The decision's steps in words.
 *
 * @param isAssumed - whether the address is one that was made up because the question names none
 */
export const toldSteps = (
  decision: RouteDecision,
  { policy, sources }: Explained,
  isAssumed: boolean,
): readonly ToldStep[] =>
  traceOf(decision, policy)
    .filter(isWorthTelling)
    .map((step) => (isAssumed ? mayFrom(step, sources) : undefined) ?? narrate(step, sources))

/** A step that passed for an address that was made up says which addresses would; the others are warned of in a trial. */
function mayFrom(step: TraceStep, sources: Sources): ToldStep | undefined {
  if (step.verdict !== 'pass' || (step.step !== 'network' && step.step !== 'address')) return undefined
  const asked = [step.asked ?? []].flat().filter(({ lists }) => restricts(lists))
  if (asked.length === 0) return undefined
  const verdict = asked.every(({ until }) => until !== undefined) ? 'warn' : 'may'
  return { step: step.step, verdict, ...joined(asked, sources) }
}

const restricts = (lists: AddressLists): boolean => judge(lists, undefined) !== 'admitted'

function joined(asked: readonly Asked[], sources: Sources): Words {
  const told = asked.map((lists) => neededWords(lists, sources))
  const words = told.map(({ words }, at) => withUntil(words, asked[at]?.until))
  return { words: words.join('; '), place: told.at(-1)?.place }
}

const withUntil = (words: string, until: Millis | undefined): string =>
  until === undefined ? words : `${words}; ${untilWords(until)}`

/** The steps from the credentials on, for a caller of whom nothing is known. */
export function openSteps(
  route: RouteConfig,
  method: string,
  callers: Callers,
  { policy, sources }: Explained,
  now: Millis,
): readonly ToldStep[] {
  const until = reportedUntil(now, route)
  const isTried = until !== undefined && callers.kind === 'any_of'
  const needed = isTried ? withUntil(neededFeatures(callers), until) : neededFeatures(callers)
  const source = sources.routes.get(route.id)
  const group = policy.rateGroups.find(({ name }) => name === route.rateGroup)
  const asked = source?.methods.get(method) ?? source?.methods.get('GET')
  const address: Words = route.respectsAllowList
    ? { words: withUntil('from the lists of the client', until), place: source?.respectsAllowList }
    : { words: 'this route ignores the allow list', place: source?.respectsAllowList }
  return [
    { step: 'credentials', verdict: 'may', words: neededCredentials(route, policy), place: source?.auth },
    { step: 'address', verdict: route.respectsAllowList ? (until ? 'warn' : 'may') : 'skip', ...address },
    { step: 'features', verdict: isTried ? 'warn' : 'may', words: needed, place: asked?.callers },
    narrate({ step: 'rate', verdict: 'may', route, group }, sources),
  ]
}

/** What a caller has to bring, in a sentence. */
function neededCredentials({ auth, token, upstream }: RouteConfig, policy: CompiledPolicy): string {
  const name = policy.upstreams[upstream]?.name ?? ''
  switch (auth) {
    case 'basic':
      return `needs basic: id and secret of an API client of ${name}`
    case 'client_id':
      return `needs client_id: the id of an API client of ${name}`
    case 'client':
      return `needs client: an API client of ${name}, by the method it declares`
    case 'token':
      return token === 'upstream'
        ? 'needs a token, which the upstream checks'
        : `needs a token of ${token ?? ''}`
    case 'none':
      return 'this route asks for none'
  }
}

export function neededFeatures(callers: Callers): string {
  if (callers.kind === 'anyone') return 'open to anyone'
  if (callers.kind === 'authenticated') return 'open to every authenticated caller'
  const named = [...callers.features, ...callers.scopes.map((scope) => `scope:${scope}`)]
  return `needs one of [${named.join(', ')}]`
}
