/** Rules about a route by itself: L401, L402, L405, L406. */
import type { ClientConfig } from '../clients/config.ts'
import type { RouteSource } from '../policy/sources.ts'
import type { Callers, RouteConfig } from '../routing/config.ts'
import { type Finding, found } from './finding.ts'
import type { LintRule, Subject } from './subject.ts'

type RouteRule = (route: RouteConfig, source: RouteSource, subject: Subject) => readonly Finding[]

const forEachRoute =
  (rule: RouteRule): LintRule =>
  (subject) =>
    subject.policy.routes.flatMap((route) => {
      const source = subject.sources.routes.get(route.id)
      return source === undefined ? [] : rule(route, source, subject)
    })

/** L401 and L402: which of the two, the credentials decide. */
export const ignoredLists: LintRule = forEachRoute((route, source, { policy }) => {
  if (route.respectsAllowList || !knowsClient(route, policy.tokens)) return []
  const listed = policy.clients.filter(
    (client) => hasList(client) && client.upstreams.includes(route.upstream),
  )
  const [first] = listed
  if (first === undefined) return []
  const others = listed.length > 1 ? ` and ${listed.length - 1} more` : ''
  const message = `${route.id} asks no client’s allow list, and \`${first.name}\`${others} would have one`
  return [found(route.auth === 'token' ? 'L401' : 'L402', source.respectsAllowList, message)]
})

const knowsClient = ({ auth, token }: RouteConfig, tokens: Subject['policy']['tokens']): boolean =>
  auth === 'token'
    ? tokens.some(({ name, clientIdClaim }) => name === token && clientIdClaim !== undefined)
    : auth !== 'none'

const hasList = ({ lists }: ClientConfig): boolean => lists.allow !== 'any'

const CHANGING = ['POST', 'PUT', 'PATCH', 'DELETE']

/** L405. */
export const openChanges: LintRule = forEachRoute((route, source) => {
  const methods = Object.keys(route.callers).filter((method) => CHANGING.includes(method))
  if (route.auth !== 'none' || methods.length === 0) return []
  return [
    found('L405', source.auth, `anybody may ${methods.join(' and ')} on ${route.id}`, {
      help: 'let it authenticate, or say why not: `# lint: allow L405 - <why>`',
    }),
  ]
})

/** L406. */
export const changersWhoMayNotRead: LintRule = forEachRoute((route, source) => {
  const readers = route.callers['GET']
  if (readers === undefined) return []
  return ['PUT', 'DELETE'].flatMap((method) => {
    const changers = route.callers[method]
    const cell = source.methods.get(method)
    if (changers === undefined || cell === undefined || isWithin(changers, readers)) return []
    const message = `some who may not GET on ${route.id} may ${method}`
    const get = source.methods.get('GET')
    return found('L406', cell.place, message, { ...(get && { also: [{ place: get.place, label: 'GET' }] }) })
  })
})

function isWithin(inner: Callers, outer: Callers): boolean {
  if (outer.kind === 'anyone') return true
  if (outer.kind === 'authenticated') return inner.kind !== 'anyone'
  if (inner.kind !== 'any_of') return false
  return (
    inner.features.every((feature) => outer.features.includes(feature)) &&
    inner.scopes.every((scope) => outer.scopes.includes(scope))
  )
}
