/**
 * The port to the API clients. A client counts for its own upstreams only: the same id at another
 * upstream is another client or none (threat L5).
 */
import type { Awaitable } from '../base/result.ts'
import type { ClientConfig } from './config.ts'

export interface ClientRegistry {
  /** Whether what it says of an id stays so for as long as the registry lives: then nobody need ask twice. */
  readonly isFixed?: true

  /**
   * @param upstream - index of the upstream in the policy
   * @param clientId - as the caller sent it; compared exactly
   * @returns the client, enabled or not, or undefined when the upstream has none of that id
   */
  find(upstream: number, clientId: string): Awaitable<ClientConfig | undefined>
}
