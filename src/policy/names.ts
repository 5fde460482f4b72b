/** Every name that a policy defines, over all its files. */
import type { Problem } from '../source/problem.ts'
import { type Dictionary, definitions } from './definitions.ts'
import type { PolicyFile } from './file.ts'
import type { ErrorBodies, RateGroupBlock, TokenBlock } from './schema.ts'
import type { ClientBlock } from './schema-client.ts'
import { readUnits, type Unit } from './units.ts'

export type Names = {
  /** Upstreams, each with its own features, caller sets and routes. */
  readonly units: Dictionary<Unit>
  readonly networks: Dictionary<readonly string[]>
  readonly rateGroups: Dictionary<RateGroupBlock>
  readonly tokens: Dictionary<TokenBlock>
  readonly errorBodies: Dictionary<ErrorBodies>
  readonly clients: Dictionary<ClientBlock>
}

export const readNames = (files: readonly PolicyFile[], problems: Problem[]): Names => ({
  units: readUnits(files, problems),
  networks: definitions(files, 'networks', ({ networks }) => networks, 'network', problems),
  rateGroups: definitions(files, 'rate_groups', (file) => file.rate_groups, 'rate group', problems),
  tokens: definitions(files, 'tokens', ({ tokens }) => tokens, 'token issuer', problems),
  errorBodies: definitions(
    files,
    'error_bodies',
    (file) => file.error_bodies,
    'set of error bodies',
    problems,
  ),
  clients: definitions(files, 'clients', ({ clients }) => clients, 'client', problems),
})
