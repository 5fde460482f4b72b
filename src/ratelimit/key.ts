import type { IpAddress } from '../base/address.ts'
import type { CountedBy } from './config.ts'

/** Whom a request can be counted by. */
export type Counted = {
  /** `upstream/client`, by the policy's names; undefined when nobody was authenticated. */
  readonly client: string | undefined
  /** `upstream/tenant`, where the route's path names one. */
  readonly tenant?: string | undefined
  /** Name of a token that was verified (`tokenName`). */
  readonly token?: string | undefined
  readonly address: IpAddress | undefined
  /** Id of the route, so that two spellings of a path share a cell (threat R6). */
  readonly route: string
}

/**
 * The key of a cell, made of canonical values only (threat R2: no spelling of a request opens another cell).
 *
 * Nothing missing means unlimited (threat R3): without a tenant or a token the client is counted, without a
 * client the address, and callers without a readable address share one cell.
 */
export function chargeKey(per: readonly CountedBy[], who: Counted): string {
  const [first] = per
  if (first !== undefined && per.length === 1) return wordFor(first, who)
  const words = per.map((kind) => wordFor(kind, who))
  // A group by client and address has one word, not two, for a caller who has only an address.
  return [...new Set(words)].join(' ')
}

/** From the widest to the narrowest: all cells of one of them are kept in one place. */
const homes = ['tenant', 'client', 'token', 'address', 'route'] as const

/** What the place of a group's cells is chosen by. Groups that share it can be charged together. */
export const homeKind = (per: readonly CountedBy[]): CountedBy | undefined =>
  homes.find((kind) => per.includes(kind))

/** Where the cell of `chargeKey` lives. */
export function chargeHome(per: readonly CountedBy[], who: Counted): string {
  const kind = homeKind(per)
  return kind === undefined ? '' : wordFor(kind, who)
}

function wordFor(kind: CountedBy, who: Counted): string {
  switch (kind) {
    case 'route':
      return `route=${escaped(who.route)}`
    case 'tenant':
      return who.tenant === undefined ? wordFor('client', who) : `tenant=${escaped(who.tenant)}`
    case 'token':
      return who.token === undefined ? wordFor('client', who) : `token=${who.token}`
    case 'client':
      return who.client === undefined ? addressWord(who.address) : `client=${escaped(who.client)}`
    case 'address':
      return addressWord(who.address)
  }
}

function addressWord(address: IpAddress | undefined): string {
  if (address === undefined) return 'address=unknown'
  return address.family === 4 ? `address=${dotted(address.value)}` : `address=${network64(address.value)}`
}

const dotted = (value: number): string =>
  [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join('.')

/** One household or machine has a whole /64 and may change its address within it at will (threat R2). */
const network64 = (hex: string): string => `${hex.slice(0, 16).replace(/.{4}/g, '$&:')}:/64`

/** Blanks part the words of a key and line breaks the parts of a cell's name, so no name may hold them. */
const escaped = (name: string): string =>
  /[\s%]/.test(name) ? name.replace(/[\s%]/g, encodeURIComponent) : name
