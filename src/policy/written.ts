/** The compiled policy as text: what `sallyport build` writes, and the Worker loads. */
import type { ClientConfig } from '../clients/config.ts'
import { clientReader, type WrittenClients, writtenClients } from '../clients/written.ts'
import type { RouteConfig } from '../routing/config.ts'
import type { CompiledPolicy } from './model.ts'

/** `callers` is an index into the policy's. */
type WrittenRoute = Omit<RouteConfig, 'callers'> & { readonly callers: number }

/** Format 2. Its digest is that of the policy that is written, not of how. */
export type WrittenPolicy = Omit<CompiledPolicy, 'policyFormat' | 'routes' | 'clients'> & {
  readonly policyFormat: 2
  /** Those of all routes, each once: most routes have the same few. */
  readonly callers: readonly RouteConfig['callers'][]
  readonly routes: readonly WrittenRoute[]
  readonly clients: readonly WrittenClients[]
}

export function policyText(policy: CompiledPolicy): string {
  const indexes = new Map<string, number>()
  const callers: RouteConfig['callers'][] = []
  const indexOf = (of: RouteConfig['callers']): number => {
    const key = JSON.stringify(of)
    const index = indexes.get(key) ?? callers.push(of) - 1
    indexes.set(key, index)
    return index
  }
  const written: WrittenPolicy = {
    ...policy,
    policyFormat: 2,
    routes: policy.routes.map((route) => ({ ...route, callers: indexOf(route.callers) })),
    callers,
    clients: writtenClients(policy.clients),
  }
  return JSON.stringify(written)
}

/** @throws Error for callers that are not there, since nobody could say who may call */
export const routesOf = ({ routes, callers }: WrittenPolicy): readonly RouteConfig[] =>
  routes.map((route) => {
    const own = callers[route.callers]
    if (own === undefined) throw new Error(`route ${route.id} has no callers`)
    return { ...route, callers: own }
  })

/** In the order of the compiler, which is that of their names. */
const clientsOf = ({ clients }: WrittenPolicy): readonly ClientConfig[] =>
  clients
    .flatMap(({ texts }) => texts)
    .map(clientReader())
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))

/**
 * The whole policy, for tools: all clients are read at once.
 *
 * @returns undefined for what is none; format 1 is the policy itself, as it was written before
 */
export function readPolicy(text: string): CompiledPolicy | undefined {
  try {
    const policy = wholeOf(JSON.parse(text))
    const parts = [policy.upstreams, policy.routes, policy.clients, policy.rateGroups, policy.tokens]
    return policy.policyFormat === 1 && parts.every(Array.isArray) ? policy : undefined
  } catch {
    return undefined
  }
}

function wholeOf(policy: CompiledPolicy | WrittenPolicy): CompiledPolicy {
  if (policy.policyFormat !== 2) return policy
  const { callers, ...rest } = policy
  return { ...rest, policyFormat: 1, routes: routesOf(policy), clients: clientsOf(policy) }
}
