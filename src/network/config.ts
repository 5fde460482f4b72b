/**
 * A set of addresses as the compiled policy carries it: sorted, disjoint, closed intervals,
 * flat as [from, to, from, to, ...], so that one binary search answers.
 */
export type Ranges = {
  readonly v4: readonly number[]
  /** 32 lower-case hex digits each. */
  readonly v6: readonly string[]
}

/**
 * The allow and deny list of a client, an upstream or a route.
 * Deny wins. `allow: 'any'` admits every address that `deny` does not name.
 */
export type AddressLists = { readonly allow: 'any' | Ranges; readonly deny: Ranges }
