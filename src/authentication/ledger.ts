/** The port to the assertions that were used. The real one is `platform/assertion-ledger.ts`. */
import type { Awaitable } from '../base/result.ts'
import type { Millis } from '../base/time.ts'

/** `unknown`: nobody could be asked, so the assertion may have been used before. */
export type Use = 'first' | 'again' | 'unknown'

export interface AssertionLedger {
  /**
   * Notes that an assertion is used. Of any number of calls with one name, at one time or not, in one place or in
   * many, one answers `first`. Never throws.
   *
   * @param name - of the assertion: its client and its `jti`. Not stored in clear.
   * @param until - from when on the assertion is refused for its age, so that it may be forgotten
   */
  use(name: string, until: Millis): Awaitable<Use>
}
