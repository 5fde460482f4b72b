/** Everything that one client can reach: each method of each route of its upstreams, tried from an admitted address. */
import type { Millis } from '../base/time.ts'
import type { ClientConfig } from '../clients/config.ts'
import { firstAddress, piecesOf, rangesText, setsOf } from '../network/pieces.ts'
import { toRanges } from '../network/ranges.ts'
import { judge } from '../network/stage.ts'
import type { CompiledPolicy } from '../policy/model.ts'
import type { RouteConfig } from '../routing/config.ts'
import { routePaths } from '../testing/route-paths.ts'
import { tokenMaker } from '../testing/tokens.ts'
import { type Trial, trialOf } from '../testing/trial.ts'
import { likelyAddress, listsNow } from './who-may.ts'

export type ReachableRow = {
  readonly route: string
  readonly methods: readonly string[]
  /** Scopes of which the token must have one; undefined where the client's features are enough. */
  readonly scopes: readonly string[] | undefined
  /** With the upstream's prefix. */
  readonly paths: readonly string[]
  /** Addresses in words. */
  readonly from: string
  readonly rateGroup: string
  /** Whether the gateway knows that it is this client. Else everybody with such a token, or without any, is let in. */
  readonly asClient: boolean
}

/**
 * @param now - when the requests are sent: what is tried out until later refuses nobody
 * @returns rows in the order of the policy; none for a client that is let in nowhere
 */
export async function reachableBy(
  client: ClientConfig,
  policy: CompiledPolicy,
  now: Millis,
): Promise<readonly ReachableRow[]> {
  const trial = trialOf(policy, tokenMaker(now))
  const own = trial.policy.clients.find(({ name }) => name === client.name) ?? client
  const paths = routePaths(policy)
  const rows: ReachableRow[] = []
  for (const route of policy.routes.filter(({ upstream }) => client.upstreams.includes(upstream))) {
    const place = paths.get(route.id)
    if (place !== undefined) rows.push(...(await rowsOf(route, own, trial, place)))
  }
  return rows
}

type Place = { readonly host: string | undefined; readonly path: string }

/** One row for the methods that ask for the same. */
async function rowsOf(
  route: RouteConfig,
  client: ClientConfig,
  trial: Trial,
  place: Place,
): Promise<readonly ReachableRow[]> {
  const rows = new Map<string, ReachableRow>()
  for (const method of Object.keys(route.callers)) {
    const needed = await neededScopes(route, method, client, trial, place)
    if (needed === 'denied') continue
    const { scopes, asClient } = needed
    const key = JSON.stringify([scopes, asClient])
    const methods = [...(rows.get(key)?.methods ?? []), method]
    const from = addressesText(client, route, trial)
    const { id, paths, rateGroup } = route
    rows.set(key, { route: id, methods, scopes, paths, from, rateGroup, asClient })
  }
  return [...rows.values()]
}

type Needed = Pick<ReachableRow, 'scopes' | 'asClient'>

/** Tried without scopes first, and then with each one that the method names. */
async function neededScopes(
  route: RouteConfig,
  method: string,
  client: ClientConfig,
  trial: Trial,
  { host, path }: Place,
): Promise<Needed | 'denied'> {
  const address = likelyAddress(client, route, trial)
  const decided = async (scopes: readonly string[] | undefined) => {
    const sent = await trial.credentials({ client, token: undefined, scopes }, route)
    return trial.decide({ method, host, path, query: '' }, sent, address)
  }
  const plain = await decided(undefined)
  let asClient = plain.known.principal?.client !== undefined
  if (plain.allowed) return { scopes: undefined, asClient }
  const callers = route.callers[method]
  const enough: string[] = []
  for (const scope of callers?.kind === 'any_of' ? callers.scopes : []) {
    const decision = await decided([scope])
    asClient ||= decision.known.principal?.client !== undefined
    if (decision.allowed) enough.push(scope)
  }
  return enough.length === 0 ? 'denied' : { scopes: enough, asClient }
}

function addressesText(client: ClientConfig, route: RouteConfig, trial: Trial): string {
  const lists = listsNow(client, route, trial)
  const admitted = piecesOf(lists.flatMap(setsOf)).filter((piece) =>
    lists.every((each) => judge(each, firstAddress(piece)) === 'admitted'),
  )
  return rangesText(toRanges(admitted))
}
