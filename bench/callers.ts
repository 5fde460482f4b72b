/** The API clients that call in the benchmark: ids, secrets, addresses, tokens, and the requests they send. */
import { createHash } from 'node:crypto'
import { basic } from '../test/support/facts.ts'
import type { Issuer } from './issuer.ts'
import type { Shot } from './load.ts'

/** A client as both the gateway's policy and the peer are told of it. */
export type Caller = {
  readonly id: string
  readonly sha256: string
  readonly allow: readonly string[]
  readonly deny: readonly string[]
}

const LIST_ENTRIES = 10

const secretOf = (n: number): string => `a-long-random-secret-of-client-${n}`

/** The networks hold two addresses each and none touches another, so that they cannot be merged. */
export function caller(n: number): Caller {
  const net = `10.${n >> 8}.${n & 255}`
  return {
    id: `client-${n}`,
    sha256: createHash('sha256').update(secretOf(n)).digest('hex'),
    allow: Array.from({ length: LIST_ENTRIES }, (_, at) => `${net}.${at * 20}/31`),
    deny: [`${net}.21`],
  }
}

export const callers = (count: number): readonly Caller[] =>
  Array.from({ length: count }, (_, n) => caller(n))

/** What every request carries; a browser would send more. */
const headersOf = (n: number, authorization: string, host: 60 | 62): Shot['headers'] => ({
  Authorization: authorization,
  'CF-Connecting-IP': `10.${n >> 8}.${n & 255}.${host}`,
  Accept: 'application/json',
  'User-Agent': 'bench/1',
})

/** A call of client `n` with its secret, from an address of its list. */
export const basicShot = (path: string, n: number): Shot => ({
  path,
  headers: headersOf(n, basic(`client-${n}`, secretOf(n)), 60),
})

/** The same from an address beside the list. */
export const strayShot = (path: string, n: number): Shot => ({
  path,
  headers: headersOf(n, basic(`client-${n}`, secretOf(n)), 62),
})

/** A call of client `n` with a token that names it. */
export const tokenShot = async (path: string, n: number, issuer: Issuer): Promise<Shot> => ({
  path,
  headers: headersOf(n, `Bearer ${await issuer.token(`client-${n}`)}`, 60),
})
