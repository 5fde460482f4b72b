import type { Millis } from '../base/time.ts'
import type { AssertionLedger } from './ledger.ts'

/** A ledger of this process alone, for policy tests. It forgets nothing. */
export function memoryLedger(): AssertionLedger {
  const used = new Map<string, Millis>()
  return {
    use: (name, until) => {
      const known = used.has(name)
      used.set(name, until)
      return known ? 'again' : 'first'
    },
  }
}
