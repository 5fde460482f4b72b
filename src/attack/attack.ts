/** What an attack is: requests, who really sends them, and what may come of it. */
import type { IpAddress } from '../base/address.ts'
import type { ClientConfig } from '../clients/config.ts'
import type { Aim } from './scene.ts'
import type { Wire } from './wire.ts'

/** Who sends a request, whatever the request says of it. The policy is asked about this caller. */
export type Truth = {
  /** The client that has proven itself; undefined where nobody has. */
  readonly client?: ClientConfig | undefined
  /** Issuer of a valid token, or `upstream`. */
  readonly token?: string | undefined
  readonly scopes?: readonly string[] | undefined
  /** Undefined where the gateway has no single readable address to go by. */
  readonly address: IpAddress | undefined
}

export type Step = {
  readonly wire: Wire
  readonly truth: Truth
  /** Must not arrive, though its sender may send the same in another form. */
  readonly never?: boolean
  /** Names, in lower case, that must be there when it arrives. */
  readonly needs?: readonly string[]
  /** Names, in lower case, that must not be there. */
  readonly absent?: readonly string[]
}

/** What the steps must come to together, besides each for itself. */
export type Verdict =
  /** Nobody can tell the first two answers apart (threat T13). */
  | { readonly kind: 'same_answers' }
  /** No more than the limit's bucket arrive (threats R1 to R3, R6). */
  | {
      readonly kind: 'at_most'
      readonly burst: number
      readonly perMs: number
      readonly rate: number
    }
  /** At least one is refused with 429. */
  | { readonly kind: 'some_refused' }
  /** The last one is served: somebody else's failures are not charged to its sender (threat R4). */
  | { readonly kind: 'last_served' }

export type Attack = {
  /** Of docs/threats.md. */
  readonly row: string
  /** What is tried, in a few words. */
  readonly what: string
  readonly aim: Aim
  readonly steps: readonly Step[]
  /** All steps at once, not one after the other. */
  readonly together?: boolean
  /** Not beside other attacks: it uses up a limit. */
  readonly alone?: boolean
  readonly verdict?: Verdict
}

/** A value that no header of the upstream's may have: whatever carries it came from the caller. */
export const SPOOF = 'spoofed-by-the-attack'
