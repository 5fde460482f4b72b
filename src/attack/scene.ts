/** Where an attack takes place: what the policy protects, who may go there, and from where. */
import { formatAddress, type IpAddress, parseAddress } from '../base/address.ts'
import type { Millis } from '../base/time.ts'
import type { ClientConfig } from '../clients/config.ts'
import { judge } from '../network/stage.ts'
import type { CompiledPolicy, UpstreamConfig } from '../policy/model.ts'
import type { RouteConfig } from '../routing/config.ts'
import { admittedAddress } from '../testing/addresses.ts'
import { type RoutePath, routePaths } from '../testing/route-paths.ts'
import type { Truth } from './attack.ts'
import type { Signer } from './forge.ts'
import { type Oracle, oracleOf } from './oracle.ts'

/** A client whose secret the attacker was given. */
export type Armed = { readonly client: ClientConfig; readonly secret: string }

/** A client that may call a route, and the address that it calls from. */
export type Holder = Armed & { readonly address: IpAddress | undefined }

/** One protected request, and the ways to it. */
export type Aim = {
  readonly upstream: UpstreamConfig
  readonly index: number
  readonly host: string | undefined
  readonly route: RouteConfig
  readonly path: string
  readonly method: string
  /** May make the request. Undefined where the attacker was given no client for it. */
  readonly holder: Holder | undefined
  /** A client whose addresses may make it, and the attacker's may not. Only behind a proxy, which alone tells addresses. */
  readonly barred: Holder | undefined
  /** A path under the same mount that needs no credentials. */
  readonly open: string | undefined
}

export type Scene = {
  readonly policy: CompiledPolicy
  readonly oracle: Oracle
  /** The best one of each upstream. */
  readonly aims: readonly Aim[]
  /** One for each client that has to call from somewhere, three of an upstream at most. */
  readonly guarded: readonly Aim[]
  /** Some path of every route that can be reached. */
  readonly paths: ReadonlyMap<string, RoutePath>
  readonly armed: readonly Armed[]
  readonly signers: readonly Signer[]
  /**
   * The address that the proxy in front gives the attacker. Undefined where the attacker stands in the proxy's own place,
   * and says itself where a request comes from.
   */
  readonly seenAs: IpAddress | undefined
  /** `host:port` of a server of the attacker's that no request may reach. */
  readonly canary: string | undefined
}

export type SceneOptions = Pick<Scene, 'armed' | 'signers' | 'seenAs' | 'canary'> & {
  /** When the attack takes place. */
  readonly now: Millis
}

/** Picks one aim for each upstream: the best guarded request that a given client can make, else any that is not open. */
export async function sceneOf(policy: CompiledPolicy, options: SceneOptions): Promise<Scene> {
  const paths = routePaths(policy)
  const scene = { policy, oracle: oracleOf(policy, options.now), paths, ...options }
  const aims: Aim[] = []
  const guarded: Aim[] = []
  for (const index of policy.upstreams.keys()) {
    const [best, ...others] = await aimsAt(index, scene)
    if (best === undefined) continue
    aims.push(best)
    guarded.push(...oneForEachClient([best, ...others]).slice(0, MAX_GUARDED))
  }
  return { ...scene, aims, guarded }
}

const MAX_GUARDED = 3

type Prepared = Omit<Scene, 'aims' | 'guarded'>

/** The best first. */
async function aimsAt(index: number, scene: Prepared): Promise<readonly Aim[]> {
  const candidates: { readonly aim: Aim; readonly worth: number }[] = []
  for (const route of scene.policy.routes.filter(({ upstream }) => upstream === index)) {
    for (const method of Object.keys(route.callers)) {
      const aim = await candidate(route, method, scene)
      if (aim !== undefined) candidates.push({ aim, worth: worthOf(aim, scene) })
    }
  }
  return candidates.toSorted((a, b) => b.worth - a.worth).map(({ aim }) => aim)
}

function oneForEachClient(aims: readonly Aim[]): readonly Aim[] {
  const byClient = new Map<string, Aim>()
  for (const aim of aims) {
    const client = (aim.barred ?? aim.holder)?.client
    if (
      client !== undefined &&
      client.lists.allow !== 'any' &&
      aim.route.respectsAllowList &&
      !byClient.has(client.name)
    )
      byClient.set(client.name, aim)
  }
  return [...byClient.values()]
}

async function candidate(route: RouteConfig, method: string, scene: Prepared): Promise<Aim | undefined> {
  const upstream = scene.policy.upstreams[route.upstream]
  const at = scene.paths.get(route.id)
  if (upstream === undefined || at === undefined || route.auth === 'none') return undefined
  const open = openPath(route.upstream, method, scene)
  const { host, path } = at
  const holder = await holderOf(route, method, scene)
  const barred = await barredFrom(route, method, scene)
  return { upstream, index: route.upstream, host, route, path, method, holder, barred, open }
}

async function barredFrom(route: RouteConfig, method: string, scene: Prepared): Promise<Holder | undefined> {
  const { seenAs } = scene
  if (seenAs === undefined) return undefined
  return holderOf(
    route,
    method,
    { ...scene, seenAs: undefined },
    ({ lists }) => judge(lists, seenAs) !== 'admitted',
  )
}

function openPath(index: number, method: string, { policy, paths }: Prepared): string | undefined {
  const isOpen = ({ upstream, auth, callers }: RouteConfig) =>
    upstream === index && auth === 'none' && Object.hasOwn(callers, method)
  const open = policy.routes.filter(isOpen).flatMap(({ id }) => paths.get(id)?.path ?? [])
  // The deepest: a pattern for the rest of a path is what other gateways are led astray behind.
  return open.toSorted((a, b) => b.split('/').length - a.split('/').length)[0]
}

/** A client with a Basic header, which is what the attacks know to send. */
export async function holderOf(
  route: RouteConfig,
  method: string,
  scene: Prepared,
  isMeant: (client: ClientConfig) => boolean = () => true,
): Promise<Holder | undefined> {
  const upstream = scene.policy.upstreams[route.upstream]
  const at = scene.paths.get(route.id)
  if (route.auth !== 'basic' || !upstream?.credentials.includes('basic') || !at) return undefined
  for (const { client, secret } of scene.armed.filter((each) => isMeant(each.client))) {
    const address = scene.seenAs ?? homeOf(client, route, upstream)
    const ruling = await scene.oracle({ method, host: at.host, path: at.path }, { client, address })
    if (ruling.allowed) return { client, secret, address }
  }
  return undefined
}

const homeOf = ({ lists }: ClientConfig, route: RouteConfig, upstream: UpstreamConfig) =>
  admittedAddress([upstream.lists, route.lists, lists].filter((each) => each !== undefined))

/** A list that can refuse somebody and a method without a body make the most attacks possible. */
function worthOf({ holder, barred, route, method, open, path }: Aim, { seenAs }: Prepared): number {
  const hasList = route.respectsAllowList && (barred ?? holder)?.client.lists.allow !== 'any'
  const isFourth = holder?.address?.family === 4
  return (
    (holder === undefined ? 0 : 32) +
    (hasList && (seenAs === undefined || isFourth) ? 16 : 0) +
    (isFourth ? 8 : 0) +
    (method === 'GET' ? 4 : 0) +
    (open === undefined ? 0 : 2) +
    (path.split('/').length > 3 ? 1 : 0)
  )
}

/** Where the attacker says that a request comes from, and what is true of it. */
export type Origin = { readonly headers: readonly string[]; readonly address: IpAddress | undefined }

/** Behind a proxy nothing can be said: the proxy says it. */
export const cameFrom = ({ seenAs }: Scene, address: IpAddress | undefined): Origin =>
  seenAs === undefined
    ? {
        headers: address === undefined ? [] : [`CF-Connecting-IP: ${formatAddress(address)}`],
        address,
      }
    : { headers: [], address: seenAs }

/**
 * The holder's address, or one near it that its lists admit as well: failures are counted by address, and an attack that
 * is refused for how many came before it has shown nothing.
 */
export function nearby(scene: Scene, { route, upstream }: Aim, holder: Holder, distance: number): Origin {
  const { address, client } = holder
  const next: IpAddress | undefined =
    address?.family === 4 ? { family: 4, value: address.value + distance } : undefined
  const lists = [upstream.lists, route.lists, client.lists].filter((each) => each !== undefined)
  const isHome = next !== undefined && lists.every((list) => judge(list, next) === 'admitted')
  return cameFrom(scene, isHome ? next : address)
}

/** The aims that a given client reaches, those first where its own limit is the last to be in the way. */
export function heldAims({ aims, policy: { rateGroups } }: Scene): readonly Aim[] {
  const burstOf = ({ route }: Aim): number =>
    rateGroups.find(({ name }) => name === route.rateGroup)?.burst ?? 0
  return aims.filter(({ holder }) => holder !== undefined).toSorted((a, b) => burstOf(b) - burstOf(a))
}

export const basicLine = ({ client, secret }: Armed): string =>
  `Authorization: Basic ${base64(`${client.clientId}:${secret}`)}`

/** Of the text's UTF-8. */
export const base64 = (text: string): string =>
  btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''))

/** @throws Error for a text that is no address: these are the attack's own */
export function addressOf(text: string): IpAddress {
  const address = parseAddress(text)
  if (!address.ok) throw new Error(`not an address: ${text}`)
  return address.value
}

/** Addresses for examples (RFC 5737, RFC 3849), and one that nobody can have been given by name. */
const strangers = ['203.0.113.9', '198.51.100.7', '2001:db8:ffff::9'].map(addressOf)

/** An address that the client may not call from; undefined where its lists let everybody in. */
export const outsideOf = ({ lists }: ClientConfig): IpAddress | undefined =>
  strangers.find((address) => judge(lists, address) !== 'admitted')

/** The holder as it is, from where it may call. */
export const truthOf = ({ client, address }: Holder): Truth => ({ client, address })
