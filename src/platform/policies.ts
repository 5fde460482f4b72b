import { writtenRegistry } from '../clients/memory.ts'
import type { ClientRegistry } from '../clients/registry.ts'
import { clientReader } from '../clients/written.ts'
import type { CompiledPolicy } from '../policy/model.ts'
import { routesOf, type WrittenPolicy } from '../policy/written.ts'

/** The version of the written form this Worker understands. */
const POLICY_FORMAT = 2

/** A policy to decide by. Of its clients it has only those whose lists are tried out; the registry has them all. */
export type LoadedPolicy = { readonly policy: CompiledPolicy; readonly registry: ClientRegistry }

/**
 * Reads the compiled policy that was built into the Worker. Nothing of a client is read but its id.
 *
 * @returns undefined when there is none it can use; every request is then refused with 503 (threat L1)
 */
export function loadPolicy(text: string): LoadedPolicy | undefined {
  try {
    const { callers, ...written }: WrittenPolicy = JSON.parse(text)
    if (written.policyFormat !== POLICY_FORMAT) return undefined
    const triedOut = written.clients.flatMap((group) => (group.triedOut ? group.texts : []))
    return {
      policy: {
        ...written,
        policyFormat: 1,
        routes: routesOf({ ...written, callers }),
        clients: triedOut.map(clientReader()),
      },
      registry: writtenRegistry(written.clients),
    }
  } catch {
    return undefined
  }
}
