/**
 * Clients as the compiled policy is written: found by their id, and read at their first use. A policy of many thousands
 * then loads without being taken apart, and the clients in use lie together in memory, made one after the other.
 */
import type { AddressLists } from '../network/config.ts'
import type { ClientConfig } from './config.ts'

/** Clients of the same upstreams. */
export type WrittenClients = {
  readonly upstreams: readonly number[]
  /** Whether their lists are tried out. */
  readonly triedOut: boolean
  readonly ids: readonly string[]
  /** Of each id, at the same place, its client. */
  readonly texts: readonly string[]
}

/** @returns one group for all that have the same upstreams, and the same answer to whether they are tried out */
export function writtenClients(clients: readonly ClientConfig[]): readonly WrittenClients[] {
  const groups = new Map<string, ClientConfig[]>()
  for (const client of clients) {
    const key = JSON.stringify([client.upstreams, isTriedOut(client)])
    const group = groups.get(key) ?? []
    groups.set(key, group)
    group.push(client)
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const ids = group.map(({ clientId }) => clientId)
    return { upstreams: first.upstreams, triedOut: isTriedOut(first), ids, texts: group.map(textOf) }
  })
}

const isTriedOut = ({ reportOnlyUntil }: ClientConfig): boolean => reportOnlyUntil !== undefined

type Ranges = AddressLists['deny']

/** Of a set, what is not empty. */
type Short = Partial<Ranges>

type Written = Omit<ClientConfig, 'lists'> & { readonly allow: 'any' | Short; readonly deny: Short }

function textOf({ lists, ...kept }: ClientConfig): string {
  const { allow, deny } = lists
  const written: Written = { ...kept, allow: allow === 'any' ? allow : short(allow), deny: short(deny) }
  return withQuotesSwapped(JSON.stringify(written))
}

const short = ({ v4, v6 }: Ranges): Short => ({ ...(v4.length > 0 && { v4 }), ...(v6.length > 0 && { v6 }) })

/** The JSON around it then has nothing to escape, and takes less time to read. */
const withQuotesSwapped = (text: string): string =>
  text.replace(/["']/g, (quote) => (quote === '"' ? "'" : '"'))

/**
 * @returns what reads the text of a client. Features and empty sets that many of them have alike are kept once. It throws
 *   for what is no text of a client: who that may be is not known
 */
export function clientReader(): (text: string) => ClientConfig {
  const lists = new Map<string, readonly string[]>()

  function shared(features: readonly string[]): readonly string[] {
    const key = JSON.stringify(features)
    const known = lists.get(key) ?? features
    lists.set(key, known)
    return known
  }

  return (text) => {
    const written: Written = JSON.parse(withQuotesSwapped(text))
    const { name, upstreams, clientId, enabled, features, allow, deny, secrets, ...rare } = written
    return {
      name,
      upstreams,
      clientId,
      enabled,
      features: shared(features),
      lists: { allow: allow === 'any' ? allow : whole(allow), deny: whole(deny) },
      secrets,
      ...rare,
    }
  }
}

const none: readonly never[] = []
const nowhere: Ranges = { v4: none, v6: none }

const whole = ({ v4 = none, v6 = none }: Short): Ranges =>
  v4.length + v6.length === 0 ? nowhere : { v4, v6 }
