/** Rules about names that nothing refers to: L202 to L206. */
import type { Defined } from '../policy/definitions.ts'
import type { Unit } from '../policy/units.ts'
import { follow, placeOfKey, placeOfValue } from '../source/cursor.ts'
import { type Finding, found } from './finding.ts'
import type { LintCode } from './rules.ts'
import type { LintRule, Subject } from './subject.ts'

/** L202. */
export const unusedFeatures: LintRule = ({ policy, names }) =>
  names.units.all.flatMap((unit, index) => {
    const holders = policy.clients.filter(({ upstreams }) => upstreams.includes(index))
    const held = new Set(holders.flatMap(({ features }) => features))
    const asked = new Set(
      policy.routes
        .filter(({ upstream }) => upstream === index)
        .flatMap(({ callers }) => Object.values(callers))
        .flatMap((callers) => (callers.kind === 'any_of' ? callers.features : [])),
    )
    return [...notAskedFor(unit, asked), ...(holders.length === 0 ? [] : notHeld(unit, held, asked))]
  })

/** One finding an upstream: a vendor's vocabulary is whole, and few policies use all of it. */
function notAskedFor({ value, name }: Defined<Unit>, asked: ReadonlySet<string>): Finding[] {
  const idle = value.features.all.filter((feature) => !asked.has(feature.name))
  if (idle.length === 0) return []
  const message = `no route of \`${name}\` asks for ${listed(idle)}`
  return [found('L202', placeOfKey(value.featuresAt), message)]
}

/** Nothing is said of an upstream that has no clients: a pack ships without any. */
function notHeld(
  { name, value, at }: Defined<Unit>,
  held: ReadonlySet<string>,
  asked: ReadonlySet<string>,
): Finding[] {
  const idle = value.features.all.filter((feature) => !held.has(feature.name) && asked.has(feature.name))
  if (idle.length === 0) return []
  const message = `no client of \`${name}\` holds ${listed(idle)}`
  return [found('L202', placeOfValue(follow(at, 'name')), message)]
}

/** More names than these say nothing new. */
const MAX_NAMED = 5

function listed(features: readonly { readonly name: string }[]): string {
  const named = features.slice(0, MAX_NAMED).map(({ name }) => `\`${name}\``)
  const more = features.length > MAX_NAMED ? ` and ${features.length - MAX_NAMED} more` : ''
  return `${named.join(', ')}${more}`
}

/** L203. The group of routes that name none is in use even where each of them names one. */
export const unusedRateGroups: LintRule = ({ policy, names, sources }) => {
  const named = policy.routes.flatMap(({ rateGroup, alsoCounted = [] }) => [rateGroup, ...alsoCounted])
  const used = new Set([...named, sources.defaultRateGroup])
  return unused('L203', names.rateGroups.all, used, (name) => `rate group \`${name}\` is used by no route`)
}

/** L204. */
export const unusedNetworks: LintRule = ({ names }) => {
  const owners = [
    ...names.clients.all.map(({ value }) => value),
    ...names.units.all.map(({ value }) => value.upstream),
    ...names.units.all.flatMap(({ value }) => value.routes.all.map((route) => route.value)),
  ]
  const used = new Set(
    owners.flatMap(({ allow_list = [], deny_list = [] }) => [allow_list, deny_list].flat()),
  )
  return unused('L204', names.networks.all, used, (name) => `network \`${name}\` is used by no list`)
}

/** L205. */
export const unusedCallerSets: LintRule = ({ names }) =>
  names.units.all.flatMap(({ value: { callerSets, routes } }) => {
    const used = new Set(routes.all.flatMap(({ value }) => Object.values(value.callers).flat()))
    return unused('L205', callerSets.all, used, (name) => `caller set \`${name}\` is used by no route`)
  })

/** L206. */
export const unusedTokens: LintRule = ({ policy, names }: Subject) => {
  const used = new Set(policy.routes.map(({ token }) => token))
  return unused('L206', names.tokens.all, used, (name) => `token issuer \`${name}\` is used by no route`)
}

const unused = (
  code: LintCode,
  defined: readonly Defined<unknown>[],
  used: ReadonlySet<string | undefined>,
  message: (name: string) => string,
): Finding[] =>
  defined
    .filter(({ name }) => !used.has(name))
    .map(({ name, at }) => found(code, placeOfKey(at), message(name), { help: 'use it, or delete it' }))
