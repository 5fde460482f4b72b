/** Grants of a policy that no logged request has used: what could be taken away without anybody noticing so far. */
import type { CompiledPolicy } from '../policy/model.ts'
import type { LoggedDecision } from './log.ts'

/** One method of one route, for the holders of one feature or scope, or for everybody who is let in. */
export type Grant = {
  readonly route: string
  readonly method: string
  /** A feature, `scope:NAME`, `authenticated` or `anyone`. */
  readonly to: string
}

export type Usage = {
  readonly take: (line: LoggedDecision) => void
  /** In the order of the policy. */
  readonly unused: () => readonly Grant[]
}

/**
 * A client with two features that both open a method has used both: which one it needed cannot be told. A request
 * without a client has used the scopes, of which the log says nothing.
 */
export function usageOf({ routes, clients }: CompiledPolicy): Usage {
  const features = new Map(clients.map((client) => [client.name, client.features]))
  const used = new Set<string>()
  return {
    take: ({ decision, route, method, client, wouldDeny }) => {
      // Whoever is let in although no grant is theirs has used none.
      const isGranted = decision === 'allowed' && !wouldDeny.some(({ step }) => step === 'features')
      if (!isGranted || route === undefined) return
      const words = client === undefined ? ['*'] : [...(features.get(client) ?? []), '*']
      for (const word of words) used.add(keyOf(route, method === 'HEAD' ? 'GET' : method, word))
    },
    unused: () =>
      routes.flatMap(({ id, callers }) =>
        Object.entries(callers).flatMap(([method, allowed]): Grant[] => {
          if (allowed.kind !== 'any_of') {
            return used.has(keyOf(id, method, '*')) ? [] : [{ route: id, method, to: allowed.kind }]
          }
          const unusedFeatures = allowed.features.filter((feature) => !used.has(keyOf(id, method, feature)))
          const scopes = used.has(keyOf(id, method, '*'))
            ? []
            : allowed.scopes.map((scope) => `scope:${scope}`)
          return [...unusedFeatures, ...scopes].map((to) => ({ route: id, method, to }))
        }),
      ),
  }
}

const keyOf = (route: string, method: string, word: string): string => `${route} ${method} ${word}`
