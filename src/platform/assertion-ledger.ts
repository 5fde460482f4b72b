/** The used assertions as an isolate sees them: which object keeps a name. */
import type { AssertionLedger } from '../authentication/ledger.ts'
import type { Millis } from '../base/time.ts'
import type { AssertionObject } from './assertion-object.ts'

/** Version of the names and of what is stored under them. */
const LAYOUT = 'v1'

/** One object does some hundred writes a second; the first hexadecimal digit of the hash chooses one of 16. */
const SHARD_DIGITS = 1

/** How long a request waits. Longer, and the client has given up. */
const BUDGET: Millis = 2_000

/**
 * @param namespace - undefined in a Worker that was deployed without the binding; then nothing can be known
 */
export function objectLedger(
  namespace: DurableObjectNamespace<AssertionObject> | undefined,
  budget: Millis = BUDGET,
): AssertionLedger {
  return {
    async use(name, until) {
      if (namespace === undefined) return 'unknown'
      const hash = await sha256(name)
      const object = namespace.getByName(`${LAYOUT}:${hash.slice(0, SHARD_DIGITS)}`)
      // Never asked twice: if only the reply was lost, the second answer would be `again`.
      return inTime(object.use(hash, until), budget)
    },
  }
}

function inTime<T>(answer: Promise<T>, budget: Millis): Promise<T | 'unknown'> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve('unknown'), budget)
    const settle = (value: T | 'unknown') => {
      clearTimeout(timer)
      resolve(value)
    }
    answer.then(settle, () => settle('unknown'))
  })
}

async function sha256(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
