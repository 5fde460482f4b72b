import type { Millis } from '../base/time.ts'

/** Time between two sweeps of rows that mean nothing any more. */
const SWEEP_MS: Millis = 60_000

/**
 * The alarm on which an object frees space. No answer depends on it, so it is set once, a minute ahead, and not
 * moved with every call: setting it is a billed write.
 */
export class SweepAlarm {
  readonly #storage: DurableObjectStorage
  #isSet = false

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
  }

  /** Whether one is known to be set. */
  get isSet(): boolean {
    return this.#isSet
  }

  /** Sets it, unless storage has one from before this instance. Never rejects; the next call tries again. */
  async set(): Promise<void> {
    this.#isSet = true
    try {
      const set = await this.#storage.getAlarm()
      if (set === null) await this.#storage.setAlarm(Date.now() + SWEEP_MS)
    } catch {
      this.#isSet = false
    }
  }

  /**
   * To be called when it rings. A throw would be repeated six times and the alarm then never ring again, so
   * one is reported and the alarm set anew.
   *
   * @param free - frees what it can; the alarm is set again unless it says that nothing is left
   */
  async rang(free: () => Promise<'empty' | 'rows left'>): Promise<void> {
    this.#isSet = false
    try {
      if ((await free()) === 'empty') return
    } catch (error) {
      console.error('sweep failed', error)
    }
    await this.set()
  }
}
