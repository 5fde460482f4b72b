/** Requests that a token of a known issuer opens, and how one is sent. */
import type { IpAddress } from '../../base/address.ts'
import type { ClientConfig } from '../../clients/config.ts'
import type { CompiledPolicy } from '../../policy/model.ts'
import type { RouteConfig } from '../../routing/config.ts'
import { admittedAddress } from '../../testing/addresses.ts'
import type { Attack, Truth } from '../attack.ts'
import { ALGORITHM, goodClaims, type Signer, signed } from '../forge.ts'
import { type Aim, cameFrom, nearby, type Scene } from '../scene.ts'

/** One such request, and whose token it is. */
export type Door = {
  readonly aim: Aim
  readonly signer: Signer
  readonly client: ClientConfig | undefined
  readonly scopes: readonly string[]
  readonly address: IpAddress | undefined
}

/** All that can be seen, whatever the method. */
export async function doorsOf(signer: Signer, scene: Scene): Promise<readonly Door[]> {
  const doors: Door[] = []
  const seen = new Set(scene.aims.map(({ index }) => index))
  const routes = scene.policy.routes.filter(
    ({ token, upstream }) => token === signer.issuer.name && seen.has(upstream),
  )
  for (const route of routes) {
    for (const method of Object.keys(route.callers)) {
      const door = await doorOf(route, method, signer, scene)
      if (door !== undefined) doors.push(door)
    }
  }
  return doors
}

async function doorOf(
  route: RouteConfig,
  method: string,
  signer: Signer,
  scene: Scene,
): Promise<Door | undefined> {
  const at = scene.paths.get(route.id)
  const upstream = scene.policy.upstreams[route.upstream]
  const callers = route.callers[method]
  if (at === undefined || upstream === undefined) return undefined
  const scopes = callers?.kind === 'any_of' ? callers.scopes.slice(0, 1) : []
  const clients = signer.issuer.clientIdClaim === undefined ? [undefined] : listedFirst(scene.policy.clients)
  for (const client of clients) {
    const lists = [upstream.lists, route.lists, client?.lists].filter((each) => each !== undefined)
    const address = scene.seenAs ?? admittedAddress(lists)
    const truth = { client, token: signer.issuer.name, scopes, address }
    const ruling = await scene.oracle({ method, host: at.host, path: at.path }, truth)
    const holder = client && { client, secret: '', address }
    const aim = {
      upstream,
      index: route.upstream,
      route,
      method,
      open: undefined,
      barred: undefined,
      holder,
      ...at,
    }
    if (ruling.allowed) return { aim, signer, client, scopes, address }
  }
  return undefined
}

/** Whose list can refuse somebody shows more. */
const listedFirst = (clients: CompiledPolicy['clients']): CompiledPolicy['clients'] =>
  clients.toSorted((a, b) => Number(a.lists.allow === 'any') - Number(b.lists.allow === 'any'))

export const goodToken = ({ signer, client, scopes }: Door): Promise<string> =>
  signed({ alg: ALGORITHM }, goodClaims(signer, client?.clientId, scopes), { by: 'issuer' }, signer)

export const truthOf = ({ client, scopes, signer, address }: Door): Truth => ({
  client,
  scopes,
  token: signer.issuer.name,
  address,
})

/** @param distance - of the address from the door's own: failures are counted by address */
export function sending(
  scene: Scene,
  { aim }: Door,
  row: string,
  what: string,
  token: string,
  truth: Truth,
  distance = 0,
): Attack {
  const holder = aim.holder && { ...aim.holder, address: truth.address }
  const origin = holder === undefined ? cameFrom(scene, truth.address) : nearby(scene, aim, holder, distance)
  const headers = [`Authorization: Bearer ${token}`, ...origin.headers]
  const wire = { method: aim.method, target: aim.path, headers }
  return { row, what, aim, steps: [{ wire, truth: { ...truth, address: origin.address } }] }
}
