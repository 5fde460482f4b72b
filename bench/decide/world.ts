/** Routes, clients and requests of a size, the same for all that are compared. */
import { createHash } from 'node:crypto'

export type WorldRoute = { readonly pattern: string; readonly feature: string }

/** Networks as IPv4 numbers, first and last address. */
export type WorldClient = {
  readonly id: string
  readonly secret: string
  readonly features: readonly string[]
  readonly networks: readonly (readonly [number, number])[]
}

export type Ask = {
  readonly route: number
  readonly client: number
  readonly path: string
  /** As an IPv4 number. */
  readonly address: number
  readonly allowed: boolean
}

export type World = {
  readonly routes: readonly WorldRoute[]
  readonly clients: readonly WorldClient[]
  /** All allowed: a refusal may end early, and is then less work. */
  readonly asks: readonly Ask[]
  /** One for each way to be refused, to see that all compared things refuse them. */
  readonly refused: readonly Ask[]
}

/** About as many as a vendor's product has. A client has half of them, a route takes one. */
export const FEATURES = 8

/** Different requests, where nothing else is said. The more, the less of what they touch is in the processor's cache. */
export const ASKS = 1_024

const FIRST_NETWORK = 0x0a_00_00_00
/** Addresses from one client's first network to the next client's. */
const CLIENT_STRIDE = 1_024
const NETWORK_STRIDE = 40

const feature = (n: number): string => `feature-${n % FEATURES}`

const routeOf = (n: number): WorldRoute => ({ pattern: `/area${n % 40}/{id}/part${n}`, feature: feature(n) })

/** @param entries - of its list: networks of two addresses that do not touch */
export function clientOf(n: number, entries: number): WorldClient {
  const base = FIRST_NETWORK + n * Math.max(CLIENT_STRIDE, entries * NETWORK_STRIDE)
  return {
    id: `client-${n}`,
    secret: `secret-of-client-${n}`,
    features: Array.from({ length: FEATURES / 2 }, (_, at) => feature(n + at)),
    networks: Array.from({ length: entries }, (_, at) => [
      base + at * NETWORK_STRIDE,
      base + at * NETWORK_STRIDE + 1,
    ]),
  }
}

/**
 * @param entries - of each client's list
 * @param count - of different requests; a power of two, so that they can be cycled through with a mask
 */
export function makeWorld(routes: number, clients: number, entries = 10, count = ASKS): World {
  const people = Array.from({ length: clients }, (_, n) => clientOf(n, entries))
  const next = numbers(routes * 31 + clients)
  const ask = (): Ask => {
    const client = next(clients)
    // A route whose feature the client has: the first of each eight is as good as any.
    const block = next(Math.ceil(routes / FEATURES)) * FEATURES
    const route = (block + ((client + next(FEATURES / 2)) % FEATURES)) % routes
    const [from = 0] = people[client]?.networks[next(entries)] ?? []
    return { route, client, path: pathOf(route, next(1e6)), address: from, allowed: true }
  }
  const asks = Array.from({ length: count * 2 }, ask).filter((each) => isEntitled(each, people))
  return {
    routes: Array.from({ length: routes }, (_, n) => routeOf(n)),
    clients: people,
    asks: asks.slice(0, count),
    refused: refusals(asks, routes),
  }
}

const pathOf = (route: number, id: number): string => routeOf(route).pattern.replace('{id}', `r-${id}`)

const isEntitled = ({ route, client }: Ask, clients: readonly WorldClient[]): boolean =>
  clients[client]?.features.includes(routeOf(route).feature) === true

/** The first request from outside the list, and for a route whose feature the client has not. */
function refusals([first]: readonly Ask[], routes: number): Ask[] {
  if (first === undefined) return []
  const other = Array.from({ length: Math.min(routes, FEATURES) }, (_, route) => route).find(
    (route) => !clientOf(first.client, 1).features.includes(routeOf(route).feature),
  )
  const outside = { ...first, address: first.address + 2, allowed: false }
  return other === undefined
    ? [outside]
    : [outside, { ...first, route: other, path: pathOf(other, 1), allowed: false }]
}

/** Numbers below a bound, the same each run: a linear congruential generator (Numerical Recipes' constants). */
function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

export const dotted = (address: number): string =>
  [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.')

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
