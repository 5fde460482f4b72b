/**
 * Gives back what is left of leases when they end: one watch for all that an isolate holds of a shard. A timer for each
 * lease would cost more than the calls that leases save, since its request lives as long as it runs.
 */
import { elapsed, type Millis } from '../base/time.ts'
import { LEASE_SLACK_MS } from '../ratelimit/lease.ts'

export type ReturnPorts = {
  readonly now: () => Millis
  readonly keepAlive: (work: Promise<unknown>) => void
  /** Runs `then` in the current request after a while. */
  readonly after: (ms: Millis, then: () => void) => void
  /** When the next lease ends of which something is left; undefined while there is none. */
  readonly nextEnd: () => Millis | undefined
  /** Gives back what has ended, unless a call is under way that takes it along. */
  readonly giveBack: () => void
}

/** Leases that end within so long go back together: half of what the object waits for them. */
const TOGETHER_MS: Millis = 500

/** A request that comes just then asks for more, and takes along what is left. */
const LINGER_MS: Millis = 200

/** A request watches for so long; then the next one that is lent something does. Requests may not live for ever. */
const WATCH_MS: Millis = 10_000

/** A watch that is so late has vanished with its request. */
const VANISHED_MS: Millis = 100

export class Returns {
  readonly #ports: ReturnPorts
  /** Who watches, since when it sleeps, and for how long. */
  #watch: { readonly since: Millis; readonly ms: Millis } | undefined

  constructor(ports: ReturnPorts) {
    this.#ports = ports
  }

  /** To be called when something was lent, in the request that asked for it. */
  watch(): void {
    const now = this.#ports.now()
    const end = this.#ports.nextEnd()
    if (end !== undefined && !this.#isWatched(end, now)) this.#ports.keepAlive(this.#watchFrom(now))
  }

  /** A short lease may end long before those for which the watch sleeps. */
  #isWatched(end: Millis, now: Millis): boolean {
    if (this.#watch === undefined) return false
    const { since, ms } = this.#watch
    return elapsed(since, now) <= ms && since + ms <= end + LEASE_SLACK_MS
  }

  /** Until nothing is left to give back, or another request watches. */
  async #watchFrom(start: Millis): Promise<void> {
    for (let mine = this.#watch; mine === this.#watch; ) {
      const now = this.#ports.now()
      const end = this.#ports.nextEnd()
      if (end === undefined) {
        this.#watch = undefined
        return
      }
      const ms = Math.max(TOGETHER_MS, end - now + LINGER_MS)
      if (elapsed(start, now) < WATCH_MS) this.#watch = mine = { since: now, ms: ms + VANISHED_MS }
      await new Promise<void>((resolve) => this.#ports.after(ms, resolve))
      if (mine === this.#watch) this.#ports.giveBack()
    }
  }
}
