/** `gateway:`, whose keys may stand in several files, each once. */
import type { DecisionLogConfig } from '../audit/config.ts'
import type { LimiterConfig, Quota } from '../ratelimit/config.ts'
import { type Cursor, follow, placeOfValue } from '../source/cursor.ts'
import { errorAt, type Problem } from '../source/problem.ts'
import { type Dictionary, definedTwice } from './definitions.ts'
import { durationMillis, shareOf } from './fields.ts'
import type { PolicyFile } from './file.ts'
import { readQuota } from './rate-groups.ts'
import type { GatewayBlock, RateGroupBlock } from './schema.ts'

export type GatewaySettings = {
  readonly decisionLog: DecisionLogConfig
  readonly failedAuth: Quota
  readonly limiter: LimiterConfig
  /** The group of routes that name none, and where it is named. */
  readonly defaultRateGroup: { readonly name: string; readonly at: Cursor } | undefined
  /** Some key is not well formed, so what seems to be missing may be there. */
  readonly isDamaged: boolean
}

/** Twenty failures a minute: a person who mistypes goes on, a program that guesses does not. */
const FAILED_AUTH: Quota = { period: 60_000, rate: 20, burst: 20 }

export function readGateway(
  files: readonly PolicyFile[],
  rateGroups: Dictionary<RateGroupBlock>,
  problems: Problem[],
): GatewaySettings {
  const { block, owners } = joined(files, problems)
  const { default_rate_group: name, decision_log: log, failed_auth: failed } = block
  const fieldOf = (key: string): Cursor | undefined => {
    const owner = owners.get(key)
    return owner && follow(owner, key)
  }
  const groupAt = fieldOf('default_rate_group')
  const group = name !== undefined && groupAt ? { name, at: groupAt } : undefined
  if (group && !rateGroups.knows(group.name)) problems.push(unknownDefault(group, rateGroups))
  const failedAt = fieldOf('failed_auth')
  return {
    decisionLog: {
      allowed: log?.allowed === undefined ? 0 : shareOf(log.allowed),
      clientAddress: log?.client_address ?? 'prefix',
    },
    failedAuth: failed && failedAt ? readQuota(failed, failedAt, problems) : FAILED_AUTH,
    limiter: limiterOf(block),
    defaultRateGroup: group,
    isDamaged: files.some(({ damaged }) => damaged.has('gateway')),
  }
}

const limiterOf = ({ limiter: { budget, shards, jurisdiction } = {} }: GatewayBlock): LimiterConfig => ({
  ...(shards !== undefined && { shards }),
  ...(jurisdiction !== undefined && { jurisdiction }),
  ...(budget !== undefined && { budgetMs: durationMillis(budget) }),
})

const unknownDefault = (
  { name, at }: { name: string; at: Cursor },
  groups: Dictionary<RateGroupBlock>,
): Problem => errorAt('P0304', placeOfValue(at), `no rate group \`${name}\``, groups.didYouMean(name))

/** The union of all blocks, and the block that each key came from. */
function joined(files: readonly PolicyFile[], problems: Problem[]) {
  const owners = new Map<string, Cursor>()
  let block: GatewayBlock = {}
  for (const { root, document } of files) {
    const own = document.gateway ?? {}
    const at = follow(root, 'gateway')
    for (const key of Object.keys(own)) {
      const first = owners.get(key)
      if (first === undefined) owners.set(key, at)
      else problems.push(definedTwice(`\`gateway.${key}\``, follow(first, key), follow(at, key)))
    }
    block = { ...own, ...block }
  }
  return { block, owners }
}
