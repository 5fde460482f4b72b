import type { CompiledPolicy } from '../policy/model.ts'

/** The version of the compiled form this Worker understands. */
const POLICY_FORMAT = 1

/**
 * Reads the compiled policy that was built into the Worker.
 *
 * @returns undefined when there is none it can use; every request is then refused with 503 (threat L1)
 */
export function loadPolicy(text: string): CompiledPolicy | undefined {
  try {
    const policy: CompiledPolicy = JSON.parse(text)
    return policy.policyFormat === POLICY_FORMAT ? policy : undefined
  } catch {
    return undefined
  }
}
