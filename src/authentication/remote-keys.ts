/**
 * A JWK set at an address, kept between requests: when it is fetched, by whom, and what counts meanwhile. The
 * network, the time and the pause are arguments, so that all of this can be tested with a clock of the test's own.
 *
 * A fetch belongs to the request that starts it. Others that need its outcome wait for it, but only so long: if its
 * request has vanished, nothing would ever come, and one of them fetches in its place.
 */
import { ok, type Result } from '../base/result.ts'
import { elapsed, type Millis } from '../base/time.ts'
import { type Choice, chooseKey, keysOf, type Wanted } from './jwk.ts'
import type { JsonObject } from './jwt.ts'
import { invalid, type TokenRefusal, unavailable } from './refusal.ts'

export type RemotePorts = {
  /** Reads a JWK set within its own limits of time and size. Fails with a short reason; never throws. */
  readonly fetchSet: (uri: string) => Promise<Result<unknown, string>>
  /** Resolves after so long, in the request that calls it. */
  readonly pause: (ms: Millis) => Promise<void>
  /** Lets work go on when the request that does it is over or its caller gone. */
  readonly keepAlive: (work: Promise<unknown>) => void
}

/** How long a set is used without asking again: a withdrawn key is accepted for so long. */
export const MAX_AGE: Millis = 300_000

/** After a fetch that did not bring the wanted key, no unknown key id causes another for so long (threat T8). */
export const MISS_INTERVAL: Millis = 30_000

/** After a fetch that failed, nobody tries again for so long. */
export const RETRY_INTERVAL: Millis = 5_000

/** A fetch ends sooner (see `platform/issuer-fetch.ts`); one that does not belonged to a request that is gone. */
export const VANISHED_AFTER: Millis = 4_000

/** A request waits for the fetch of another, for a later one, and at last fetches itself. */
const MAX_ROUNDS = 3

const NEVER = Number.NEGATIVE_INFINITY

export class RemoteKeys {
  readonly #uri: string
  readonly #ports: RemotePorts
  #keys: readonly JsonObject[] | undefined
  #fetchedAt: Millis = NEVER
  #failedAt: Millis = NEVER
  #missedAt: Millis = NEVER
  #flight: Promise<void> | undefined

  constructor(uri: string, ports: RemotePorts) {
    this.#uri = uri
    this.#ports = ports
  }

  /**
   * @param staleFor - how long after its fetch a set still counts when no newer one can be had
   * @param now - of this request
   */
  async find(wanted: Wanted, staleFor: Millis, now: Millis): Promise<Result<JsonObject, TokenRefusal>> {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const choice = this.#choose(wanted, staleFor, now)
      if (choice.kind !== 'none' && !this.#isOld(now)) return this.#answer(choice, now)
      if (this.#flight === undefined) {
        if (!this.#mayFetch(now)) break
        await this.#start(wanted, now)
        break
      }
      await this.#join(this.#flight)
    }
    return this.#answer(this.#choose(wanted, staleFor, now), now)
  }

  #choose(wanted: Wanted, staleFor: Millis, now: Millis): Choice {
    const counts = elapsed(this.#fetchedAt, now) < Math.max(MAX_AGE, staleFor)
    return counts && this.#keys ? chooseKey(this.#keys, wanted) : { kind: 'none' }
  }

  #isOld(now: Millis): boolean {
    return elapsed(this.#fetchedAt, now) >= MAX_AGE
  }

  /** An old set is asked for again; a fresh one only by a key id it lacks, and by one of those in an interval. */
  #mayFetch(now: Millis): boolean {
    if (elapsed(this.#failedAt, now) < RETRY_INTERVAL) return false
    return this.#isOld(now) || elapsed(this.#missedAt, now) >= MISS_INTERVAL
  }

  #answer(choice: Choice, now: Millis): Result<JsonObject, TokenRefusal> {
    switch (choice.kind) {
      case 'one':
        return ok(choice.jwk)
      case 'several':
        return invalid('several keys of the issuer fit')
      case 'none':
        // With a set that is fresh the key is known not to exist; without one nothing is known.
        return this.#isOld(now) || elapsed(this.#failedAt, now) < RETRY_INTERVAL
          ? unavailable('the keys of the issuer are out of reach')
          : invalid('no such key of the issuer')
    }
  }

  async #start(wanted: Wanted, now: Millis): Promise<void> {
    const flight = this.#renew(wanted, now).finally(() => {
      if (this.#flight === flight) this.#flight = undefined
    })
    this.#flight = flight
    this.#ports.keepAlive(flight)
    await flight
  }

  /** All that follows from the answer is noted before anybody who waits for it goes on. */
  async #renew(wanted: Wanted, now: Millis): Promise<void> {
    const set = await this.#ports.fetchSet(this.#uri)
    const keys = set.ok ? keysOf(set.value) : undefined
    if (keys === undefined) {
      this.#failedAt = now
      return
    }
    this.#keys = keys
    this.#fetchedAt = now
    this.#failedAt = NEVER
    if (chooseKey(keys, wanted).kind === 'none') this.#missedAt = now
  }

  async #join(flight: Promise<void>): Promise<void> {
    const vanished = this.#ports.pause(VANISHED_AFTER).then(() => 'vanished' as const)
    const outcome = await Promise.race([flight, vanished])
    if (outcome === 'vanished' && this.#flight === flight) this.#flight = undefined
  }
}
