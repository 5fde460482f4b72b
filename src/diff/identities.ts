/** The API clients of two policies by the id that their requests carry. */
import type { ClientConfig } from '../clients/config.ts'
import type { CompiledPolicy } from '../policy/model.ts'

/** What an id stands for in both policies: requests carry the id and not the name. */
export type Identity = {
  /** Undefined where it is nobody's there. */
  readonly a: ClientConfig | undefined
  readonly b: ClientConfig | undefined
  /** Whether both policies have a client of this name, and it is this id that differs. */
  readonly isRenumbered: boolean
}

/** @param inA - and `inB`: index of the upstream in each policy, or undefined where the request meets no route there */
export type Identities = (inA: number | undefined, inB: number | undefined) => readonly Identity[]

export function identitiesOf(before: CompiledPolicy, after: CompiledPolicy): Identities {
  const [a, b] = [byUpstream(before), byUpstream(after)]
  const [namesA, namesB] = [idsByName(before), idsByName(after)]
  const found = new Map<string, readonly Identity[]>()
  return (inA, inB) => {
    const key = `${inA} ${inB}`
    const known = found.get(key) ?? joined(a[inA ?? -1], b[inB ?? -1], namesA, namesB)
    found.set(key, known)
    return known
  }
}

type ById = ReadonlyMap<string, ClientConfig>

function byUpstream({ upstreams, clients }: CompiledPolicy): readonly ById[] {
  return upstreams.map(
    (_, index) =>
      new Map(
        clients
          .filter((client) => client.upstreams.includes(index))
          .map((client): [string, ClientConfig] => [client.clientId, client]),
      ),
  )
}

const idsByName = ({ clients }: CompiledPolicy): ReadonlyMap<string, string> =>
  new Map(clients.map(({ name, clientId }) => [name, clientId]))

function joined(
  a: ById | undefined,
  b: ById | undefined,
  namesA: ReadonlyMap<string, string>,
  namesB: ReadonlyMap<string, string>,
): readonly Identity[] {
  const ids = new Set([...(a?.keys() ?? []), ...(b?.keys() ?? [])])
  return [...ids].map((id): Identity => {
    const [inA, inB] = [a?.get(id), b?.get(id)]
    const other = inA === undefined ? namesA.get(inB?.name ?? '') : namesB.get(inA.name)
    return { a: inA, b: inB, isRenumbered: other !== undefined && other !== id }
  })
}
