/** The policy's own tests and invariants, checked and with their places, ready to be run by whoever runs them. */
import type { IpAddress } from '../base/address.ts'
import type { Reason } from '../decision/denial.ts'
import type { AuthKind } from '../routing/config.ts'
import type { Place } from '../source/text.ts'

/** `GET /akamai/config/acme/clients`, or `GET https://api.example.com/clients` where the host matters. */
export type TestRequest = {
  /** As written. */
  readonly text: string
  readonly method: string
  /** Lower case and without port; undefined where the test does not say. */
  readonly host: string | undefined
  /** The raw path: a test may well send one that is refused. */
  readonly path: string
  /** Without the `?`; empty when there is none. */
  readonly query: string
  readonly place: Place
}

/** Who sends the requests of a case. What is left out is not sent. */
export type TestCaller = {
  /** Name of an API client of the policy. */
  readonly client: string | undefined
  readonly from: { readonly text: string; readonly address: IpAddress } | undefined
  /** Name under `tokens:`, or `upstream`. */
  readonly token: string | undefined
  readonly scopes: readonly string[] | undefined
}

type Named = { readonly name: string | undefined; readonly place: Place }

/** A request that is refused, or would be by a rule that is only tried out. */
export type ReasonedRequest = { readonly reason: Reason; readonly request: TestRequest }

/** `allowed:`, `denied:` and `would_deny:`. */
export type RequestsTest = Named & {
  readonly kind: 'requests'
  readonly caller: TestCaller
  readonly allowed: readonly TestRequest[]
  readonly denied: readonly ReasonedRequest[]
  readonly wouldDeny: readonly ReasonedRequest[]
}

/** A cell of a pasted permission table. */
export type TableCell = {
  readonly feature: string
  readonly column: string
  /** `unchecked`: n/a, Sometimes. */
  readonly expect: 'allowed' | 'denied' | 'unchecked'
  /** What stands for the column; undefined only where no cell of the column is checked. */
  readonly request: TestRequest | undefined
  /** As written: ✓, no, n/a. */
  readonly text: string
  /** The cell itself, inside the block of text. */
  readonly place: Place
}

/** `columns:` and `table:`. */
export type TableTest = Named & { readonly kind: 'table'; readonly cells: readonly TableCell[] }

/** `respects_allow_list:`: whether a caller outside the client's list is denied for its address. */
export type AllowListTest = Named & {
  readonly kind: 'allow_list'
  readonly answers: readonly {
    readonly request: TestRequest
    readonly respects: boolean
    readonly place: Place
  }[]
}

export type PolicyTest = RequestsTest | TableTest | AllowListTest

/** What must hold for every route that one of the requests can meet. */
export type Invariant = {
  readonly name: string
  readonly place: Place
  readonly requests: readonly InvariantRequest[]
  /** No caller without one of these may be let in: features, `scope:` names, `authenticated`, `anyone`. */
  readonly callersWithin: { readonly words: readonly string[]; readonly place: Place } | undefined
  /** No other kind of authentication. */
  readonly authWithin: { readonly kinds: readonly AuthKind[]; readonly place: Place } | undefined
}

/** A path with `*` for one segment and `**`, last, for one or more; for one method or for all. */
export type InvariantRequest = {
  readonly text: string
  readonly method: string | undefined
  readonly path: string
  readonly place: Place
}
